// Readers of CEF and of syslog as their specifications have them: strict, so that what breaks out of a field is found.

/** Fields of a header or extension of CEF. @throws Error where it is not CEF */
export function readCef(line: string): { header: string[]; extension: Map<string, string> } {
  if (/[\r\n]/.test(line)) throw new Error('a line of CEF has a line end in it');
  const header: string[] = [];
  let field = '';
  let i = 0;
  for (; i < line.length && header.length < 7; i++) {
    const char = line[i]!;
    if (char === '\\') {
      const next = line[++i];
      if (next !== '\\' && next !== '|') throw new Error(`\\${next} in the header`);
      field += next;
    } else if (char === '|') {
      header.push(field);
      field = '';
    } else field += char;
  }
  if (header.length !== 7 || header[0] !== 'CEF:0') throw new Error('the header has not its seven fields');
  if (!/^(10|\d)$/.test(header[6]!)) throw new Error('severity');
  const extension = new Map<string, string>();
  const text = line.slice(i);
  // A key begins behind a blank, and its equals sign has no backslash before it.
  const keys = [...text.matchAll(/(?:^| )([A-Za-z0-9_]+)=/g)].filter(({ index, 0: whole }) => {
    const before = text.slice(0, index + whole.length - 1);
    return !/\\$/.test(before);
  });
  for (const [n, key] of keys.entries()) {
    const from = key.index + key[0].length;
    const raw = text.slice(from, keys[n + 1]?.index ?? text.length);
    if (/(?<!\\)(?:\\\\)*=/.test(raw)) throw new Error(`an equals sign within ${key[1]}`);
    if (extension.has(key[1]!)) throw new Error(`${key[1]} is there twice`);
    extension.set(
      key[1]!,
      raw.replace(/\\(.)/g, (_, char: string) => {
        if (char !== '\\' && char !== '=' && char !== 'n' && char !== 'r') throw new Error(`\\${char}`);
        return char === 'n' ? '\n' : char;
      }),
    );
  }
  return { header, extension };
}

export interface SyslogMessage {
  readonly priority: number;
  readonly time: string;
  readonly host: string;
  readonly app: string;
  readonly messageId: string;
  readonly data: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly text: string;
}

/** @throws Error where it is not a message of RFC 5424 */
export function readSyslog(message: string): SyslogMessage {
  const match =
    /^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) ([\x21-\x7e]{1,255}) ([\x21-\x7e]{1,48}) ([\x21-\x7e]{1,128}) ([\x21-\x7e]{1,32}) /.exec(
      message,
    );
  if (match === null || Number(match[1]) > 191) throw new Error(`no header: ${message.slice(0, 200)}`);
  const data = new Map<string, Map<string, string>>();
  let rest = message.slice(match[0].length);
  for (
    let element;
    (element = /^\[([\x21\x23-\x3c\x3e-\x5c\x5e-\x7e]{1,32})((?: [^ =\]"]{1,32}="(?:[^"\\\]]|\\.)*")*)\]/s.exec(rest));
  ) {
    const values = new Map<string, string>();
    for (const [, name, value] of element[2]!.matchAll(/ ([^ =\]"]+)="((?:[^"\\\]]|\\.)*)"/gs)) {
      values.set(name!, value!.replace(/\\(["\\\]])/g, '$1'));
    }
    data.set(element[1]!, values);
    rest = rest.slice(element[0].length);
  }
  if (data.size === 0 || !rest.startsWith(' ')) throw new Error(`no structured data: ${rest.slice(0, 200)}`);
  return {
    priority: Number(match[1]),
    time: match[2]!,
    host: match[3]!,
    app: match[4]!,
    messageId: match[6]!,
    data,
    text: rest.slice(1),
  };
}

/** Messages of a stream that counts octets. @throws Error where it does not */
export function readFrames(bytes: Buffer): string[] {
  const messages: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = /^(\d{1,5}) /.exec(bytes.toString('latin1', at, at + 6));
    if (length === null) throw new Error(`no length at ${at}`);
    const from = at + length[0].length;
    at = from + Number(length[1]);
    if (at > bytes.length) throw new Error('a message is cut off');
    messages.push(bytes.toString('utf8', from, at));
  }
  return messages;
}
