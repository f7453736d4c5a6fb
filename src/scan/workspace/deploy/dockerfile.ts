// Dockerfiles: images, commands, users, secrets in layers.
import type { Format, Look } from '../../format.ts';
import { reportSecrets, watchKeys } from '../secrets.ts';
import { isText, readText } from '../text.ts';
import { reportEnvironment, reportImage, reportRun } from './servers.ts';

const NAME = /^(?:docker|container)file(?:[.\-_].*)?$|\.(?:docker|container)file$/;

/** Characters of one instruction that are read. */
const MOST_INSTRUCTION = 20_000;
const CONTINUED = /[\\`]\s{0,100}$/;

interface Instruction {
  readonly verb: string;
  readonly rest: string;
  readonly line: number;
}

/** Instructions with their lines joined; comments between them are passed over, bodies of here-documents are part of them. */
function* instructions(text: string): Generator<Instruction> {
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    // Any character, also one that ends a line elsewhere: what cannot fail at its end is not tried again.
    const match = /^\s*([A-Za-z]{2,12})\s+(.*)$/s.exec(lines[at]!);
    if (match === null) continue;
    const line = at + 1;
    const pieces = [match[2]!];
    let length = pieces[0]!.length;
    const add = (piece: string): void => {
      if (length < MOST_INSTRUCTION) pieces.push(piece);
      length += piece.length;
    };
    for (let last = pieces[0]!; CONTINUED.test(last) && at + 1 < lines.length;) {
      const next = lines[++at]!;
      if (/^\s*#/.test(next)) continue;
      last = next;
      pieces.push(pieces.pop()!.replace(CONTINUED, ' '));
      add(next.trim());
    }
    const here = /<<-?\s*["']?(\w{1,40})["']?/.exec(pieces.join(''))?.[1];
    if (here !== undefined) {
      while (at + 1 < lines.length && lines[at + 1]!.trim() !== here) add(`\n${lines[++at]!}`);
      at++;
    }
    const rest = pieces.join('');
    yield { verb: match[1]!.toUpperCase(), rest, line };
  }
}

/** `["a", "b"]` as a command line. */
const commandOf = (rest: string): string =>
  /^\s*\[/.test(rest)
    ? [...rest.matchAll(/"((?:[^"\\]|\\.){0,2000})"/g)].map((match) => match[1]!).join(' ')
    : rest.replace(/^(?:--\S+\s+)+/, '');

function reportEnv({ verb, rest, line }: Instruction, look: Look): void {
  const pairs = [...rest.matchAll(/([A-Za-z_]\w{0,80})=("(?:[^"\\]|\\.){0,2000}"|'[^']{0,2000}'|\S{0,2000})/g)];
  const single = /^([A-Za-z_]\w{0,80})\s+(.{1,2000})$/.exec(rest);
  if (pairs.length === 0 && single !== null && verb === 'ENV') reportEnvironment(single[1]!, single[2]!, look, line);
  for (const [, name, value] of pairs) reportEnvironment(name!, value!.replace(/^["']|["']$/g, ''), look, line);
}

export const dockerfile: Format = {
  id: 'dockerfile',
  match({ head, text, name }) {
    if (!isText(head)) return false;
    if (NAME.test(name)) return 'likely';
    return !name.includes('.') &&
      /^(?:[^\S\n]{0,20}(?:#[^\n]{0,500})?\n){0,40}(?:ARG [^\n]{1,200}\n\s{0,40}){0,10}FROM \S{1,300}(?: AS \w{1,60})?\s{0,10}\n/i.test(
        text,
      )
      ? 'likely'
      : false;
  },
  scan(source, outer) {
    const { look, told } = watchKeys(outer);
    const text = readText(source, look, 1 << 20);
    let user: string | undefined;
    const stages = new Set<string>();
    let last = 1;
    for (const instruction of instructions(text)) {
      look.budget.step();
      const { verb, rest, line } = instruction;
      last = line;
      if (verb === 'FROM') {
        const [image = '', as, stage] = rest.replace(/^(?:--\S+\s+)+/, '').split(/\s+/, 3);
        if (!stages.has(image)) reportImage(image, look, line);
        if (as?.toLowerCase() === 'as' && stage !== undefined) stages.add(stage);
        user = undefined;
      } else if (
        verb === 'RUN' ||
        verb === 'CMD' ||
        verb === 'ENTRYPOINT' ||
        verb === 'ONBUILD' ||
        verb === 'HEALTHCHECK'
      )
        reportRun(commandOf(rest), look, line);
      else if (verb === 'ENV' || verb === 'ARG') reportEnv(instruction, look);
      else if (verb === 'USER') user = rest.trim();
      else if ((verb === 'COPY' || verb === 'ADD') && rest.includes('\n')) reportRun(rest, look, line);
      else if (verb === 'ADD' && /\bhttps?:\/\//.test(rest) && !rest.includes('--checksum=')) {
        look.report('deploy.unverified-script', { message: `adds ${rest.trim()} without a checksum`, line });
      }
    }
    if (user === undefined || /^(?:root|0)(?::|$)/.test(user))
      look.report('deploy.root', { message: 'what it builds runs as root', line: last });
    reportSecrets(text, look, told);
  },
};
