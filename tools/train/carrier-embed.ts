/** Puts a text into tool output at a place where an attacker could have written it, in the syntax of that place. */

import { clock, firstName, integer, person, pick, title, type Random } from './carrier-words.ts';

type Placer = (carrier: string, payload: string, random: Random) => string;

function insert(text: string, at: number, piece: string): string {
  return text.slice(0, at) + piece + text.slice(at);
}

/** Where `pattern` ends, one of its matches taken by lot; the end of the text if there is none. */
function bound(text: string, pattern: RegExp, random: Random): number {
  const ends = Array.from(text.matchAll(pattern), (match) => match.index + match[0].length);
  return ends[Math.floor(random() * ends.length)] ?? text.length;
}

/** Into a text that somebody wrote: before, after, or between two of its sentences; seldom in its place. */
function join(text: string, payload: string, random: Random): string {
  const gap = pick(random, [' ', ' ', '\n', '\n\n']);
  const way = random();
  if (text === '' || way < 0.15) return payload;
  if (way < 0.3) return payload + gap + text;
  if (way < 0.7) return text + gap + payload;
  const at = bound(text, /[.!?](?= )/g, random);
  return insert(text, at, gap + payload);
}

const start: Placer = (carrier, payload, random) => payload + pick(random, ['\n', '\n\n', '\n---\n']) + carrier;
const end: Placer = (carrier, payload, random) => carrier + pick(random, ['\n', '\n\n', '\n---\n', ' ']) + payload;
const line: Placer = (carrier, payload, random) => insert(carrier, bound(carrier, /\n/g, random), `${payload}\n`);
const block: Placer = (carrier, payload, random) => insert(carrier, bound(carrier, /\n+/g, random), `\n${payload}\n\n`);
const inline: Placer = (carrier, payload, random) =>
  insert(carrier, bound(carrier, /[.!?](?= )/g, random), ` ${payload}`);
const signature: Placer = (carrier, payload, random) => `${carrier}\n\n-- \n${person(random)}\n${payload}`;
const quoted: Placer = (carrier, payload, random) =>
  `${carrier}\n\nOn ${clock(random)} ${person(random)} wrote:\n${payload.replaceAll(/^/gm, '> ')}`;
const forwarded: Placer = (carrier, payload, random) =>
  `${carrier}\n\n---------- Forwarded message ----------\nFrom: ${person(random)}\nSubject: ${title(random)}\n\n${payload}`;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Every string of the document, as a way to write another one in its place. */
function strings(value: Json, found: { text: string; put: (text: string) => void }[] = []): typeof found {
  if (value === null || typeof value !== 'object') return found;
  const holder = value as Record<string, Json>;
  for (const [key, inner] of Object.entries(holder)) {
    if (typeof inner === 'string') found.push({ text: inner, put: (text) => void (holder[key] = text) });
    else strings(inner, found);
  }
  return found;
}

function parse(carrier: string): Json | undefined {
  if (!/^\s*[[{]/.test(carrier)) return undefined;
  try {
    return JSON.parse(carrier) as Json;
  } catch {
    return undefined;
  }
}

const jsonField: Placer = (carrier, payload, random) => {
  const value = parse(carrier);
  if (value === undefined) return end(carrier, payload, random);
  const indent = /\n( +)/.exec(carrier)?.[1]?.length ?? 0;
  const all = strings(value);
  const prose = all.filter(({ text }) => text.includes(' ')); // where a stranger may write: subjects, bodies, remarks
  const places = prose.length > 0 ? prose : all;
  const place = places[Math.floor(random() * places.length)];
  const rows = Array.isArray(value) ? value : Object.values(value ?? {}).find((inner) => Array.isArray(inner));
  const row = rows?.[Math.floor(random() * rows.length)];
  if (row !== null && typeof row === 'object' && !Array.isArray(row) && (random() < 0.15 || place === undefined)) {
    row[pick(random, ['note', 'comment', 'memo', 'hint', 'remark', 'message'])] = payload;
  } else if (place === undefined) {
    return end(carrier, payload, random);
  } else {
    place.put(join(place.text, payload, random));
  }
  return JSON.stringify(value, null, indent);
};

const afterTag = />(?=\s*<(?!\/?(?:html|head|title)\b))(?!\s*<body)/g;

function tagged(make: (payload: string, random: Random) => string): Placer {
  return (carrier, payload, random) => insert(carrier, bound(carrier, afterTag, random), make(payload, random));
}

function attribute(payload: string): string {
  return payload.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

const htmlComment = tagged((payload) => `<!-- ${payload} -->`);
const htmlParagraph = tagged((payload, random) => {
  const tag = pick(random, ['p', 'p', 'h2', 'span']);
  return `<${tag}>${payload}</${tag}>`;
});
const htmlAttribute = tagged((payload, random) =>
  pick(random, [
    () => `<img src="/img/${String(integer(random, 1, 99))}.png" alt="${attribute(payload)}">`,
    () => `<a href="#" title="${attribute(payload)}">more</a>`,
    () => `<div aria-label="${attribute(payload)}"></div>`,
  ])(),
);
const htmlHidden = tagged((payload, random) => {
  const style = pick(random, [
    'display:none',
    'font-size:0',
    'color:#fff',
    'opacity:0',
    'position:absolute;left:-9999px',
  ]);
  return `<div style="${style}">${payload}</div>`;
});

/** A cell: its newlines would break the row, its marks are escaped as the format wants it. */
const csvCell: Placer = (carrier, payload, random) => {
  const lines = carrier.split('\n');
  const at = integer(random, Math.min(1, lines.length - 1), lines.length - 1);
  const row = (lines[at] ?? '').replace(/(^|[,;])("(?:[^"]|"")*"|[^,;"]*)$/, (_, mark: string, cell: string) => {
    const text = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
    return `${mark}"${join(text, payload, random).replaceAll('"', '""')}"`;
  });
  return lines.with(at, row).join('\n');
};

const tableCell: Placer = (carrier, payload, random) => {
  const lines = carrier.split('\n');
  const rows = lines.flatMap((text, index) => (index > 1 && text.startsWith('|') ? [index] : []));
  const at = rows[Math.floor(random() * rows.length)];
  if (at === undefined) return end(carrier, payload, random);
  const cell = payload.replaceAll(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');
  return lines
    .with(
      at,
      (lines[at] ?? '').replace(/ \|$/, () => ` ${cell} |`),
    )
    .join('\n');
};

const comment: Placer = (carrier, payload, random) => {
  const mark = /^(?:def |import \w+$|class \w+:|#)/m.test(carrier) ? '#' : '//';
  const at = bound(carrier, /\n(?=\S)/g, random);
  const many = payload.includes('\n');
  const text = mark === '//' && many ? `/*\n${payload}\n*/` : payload.replaceAll(/^/gm, `${mark} `);
  return insert(carrier, at, `${at === carrier.length ? '\n' : ''}${text}\n`);
};

const literal: Placer = (carrier, payload, random) => {
  const at = bound(carrier, /\n(?=\S)/g, random);
  const name = pick(random, ['message', 'help', 'banner', 'note', 'text']);
  const head = /^def |^import \w+$/m.test(carrier) ? name : `const ${name}`;
  return insert(carrier, at, `${at === carrier.length ? '\n' : ''}${head} = ${JSON.stringify(payload)}\n`);
};

/** The value of a `key: value` line; later lines of the payload are indented so that they stay in the value. */
const yamlValue: Placer = (carrier, payload, random) => {
  const lines = carrier.split('\n');
  const rows = lines.flatMap((text, index) => (/^[\s\-*]*\w+: .* /.test(text) ? [index] : []));
  const at = rows[Math.floor(random() * rows.length)];
  if (at === undefined) return line(carrier, payload, random);
  const body = payload.replaceAll('\n', '\n    ');
  const [, head = '', value = ''] = /^([\s\-*]*\w+: )(.*)$/.exec(lines[at] ?? '') ?? [];
  const bare = value.replace(/^(['"])(.*)\1$/, '$2');
  const mark = bare === value ? '' : value.charAt(0);
  const whole = join(bare, mark === "'" ? body.replaceAll("'", "''") : body, random);
  return lines.with(at, `${head}${mark}${mark === '"' ? JSON.stringify(whole).slice(1, -1) : whole}${mark}`).join('\n');
};

/** A line in the manner of its neighbours: a log entry, a chat message, one more step. */
const asNeighbour: Placer = (carrier, payload, random) => {
  const lines = carrier.split('\n');
  const at = integer(random, 0, lines.length - 1);
  const head =
    /^(?:\S+Z \w+ \[\w+\] |\[\d\d:\d\d\] \w+: |<\w+> |[★☆]+ [^:]+: |\w+: |\d+\. |-rw\S+ .* )/u.exec(
      lines[at] ?? '',
    )?.[0] ?? `${firstName(random)}: `;
  return lines.toSpliced(at + 1, 0, head + payload).join('\n');
};

const ANYWHERE: readonly [Placer, ...Placer[]] = [start, end, end, line, block];

function placers(carrier: string): readonly [Placer, ...Placer[]] {
  if (parse(carrier) !== undefined) return [jsonField];
  if (/^\s*<(?:html|!doctype|div|body)/i.test(carrier)) return [htmlComment, htmlParagraph, htmlAttribute, htmlHidden];
  if (/^\|.*\|$/m.test(carrier)) return [tableCell];
  if (/^(?:import \w|def |class \w+:|const |export |test\(|\/\*\*)/m.test(carrier)) return [comment, comment, literal];
  if (/^(?:\w+[,;]){3,}\w+$/.test(carrier.split('\n', 1)[0] ?? '')) return [csvCell];
  if (/^(?:\S+Z (?:INFO|DEBUG|WARN|ERROR)|\[\d\d:\d\d\]|<\w+> |-rw|.*\n★)/.test(carrier)) return [asNeighbour];
  if (/^(?:From: |>? ?On \d)/.test(carrier)) return [inline, block, signature, quoted, forwarded];
  if (/^[-*\s]*\w+: .*\n[-*\s]*\w+: /.test(carrier)) return [yamlValue, yamlValue, asNeighbour];
  return [inline, block, line, asNeighbour];
}

/** Four times in five in the syntax of the carrier; else where tool output is cut or joined without regard to it. */
export function embed(carrier: string, payload: string, random: Random): string {
  return pick(random, random() < 0.8 ? placers(carrier) : ANYWHERE)(carrier, payload, random);
}
