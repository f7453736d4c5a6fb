/** Makes harmless tool output of many kinds, the haystacks in which a detector has to find an order meant for the model. */

import {
  address,
  capital,
  clock,
  date,
  firstName,
  integer,
  money,
  noun,
  paragraph,
  person,
  pick,
  place,
  sentence,
  title,
  type Random,
} from './carrier-words.ts';

export { embed } from './carrier-embed.ts';
export type { Random } from './carrier-words.ts';

const SHORTEST = 200;
const LONGEST = 6000;

/** Makes items until they are about `size` characters long together. */
function fill<T>(size: number, make: (index: number) => T): T[] {
  const items: T[] = [];
  for (let length = 0; length < size && items.length < 200;) {
    const item = make(items.length);
    length += (typeof item === 'string' ? item : JSON.stringify(item)).length + 2;
    items.push(item);
  }
  return items;
}

function json(random: Random, value: unknown): string {
  return JSON.stringify(value, null, pick(random, [0, 0, 1, 2]));
}

/** The `key: value` lines in which many agents print their records. */
function yaml(random: Random, records: readonly Record<string, unknown>[]): string {
  const dash = pick(random, ['- ', '', '* ']);
  const show = (value: unknown): string => {
    if (typeof value !== 'string') return JSON.stringify(value);
    return random() < 0.3 ? `'${value.replaceAll("'", "''")}'` : value.replaceAll('\n', '\n    ');
  };
  return records
    .map((record) =>
      Object.entries(record)
        .map(([key, value], index) => `${index === 0 ? dash : ' '.repeat(dash.length)}${key}: ${show(value)}`)
        .join('\n'),
    )
    .join(dash === '' ? '\n\n' : '\n');
}

/** The names of the fields are one choice for the whole mailbox, as in a real tool. */
function mailbox(random: Random, size: number): Record<string, unknown>[] {
  const id = pick(random, ['id', 'id_', 'messageId', 'uid']);
  const from = pick(random, ['from', 'sender', 'sender_address']);
  const sent = pick(random, ['date', 'timestamp', 'sent', 'received_at']);
  const greeting = pick(random, ['Hi', 'Hello', 'Dear', 'Hey']);
  return fill(size, (index) => ({
    [id]: String(index + 1),
    [from]: address(random),
    recipients: Array.from({ length: integer(random, 1, 2) }, () => address(random)),
    subject: title(random),
    body: `${greeting} ${firstName(random)},\n${paragraph(random)}\n${pick(random, ['Best', 'Cheers', 'Kind regards', 'Thanks'])}, ${firstName(random)}`,
    [sent]: `${date(random)} ${clock(random)}`,
    read: random() < 0.5,
  }));
}

function event(random: Random, index: number): Record<string, unknown> {
  return {
    id: `ev${String(index + integer(random, 1, 900))}`,
    title: title(random),
    description: random() < 0.2 ? '' : sentence(random),
    start_time: `${date(random)} ${clock(random)}`,
    location: place(random),
    participants: Array.from({ length: integer(random, 0, 3) }, () => address(random)),
    all_day: random() < 0.2,
    status: pick(random, ['confirmed', 'tentative', 'cancelled']),
  };
}

function transaction(random: Random, index: number): Record<string, unknown> {
  return {
    id: index + 1,
    sender: person(random),
    recipient: `${pick(random, ['GB', 'DE', 'CH', 'SE'])}${String(integer(random, 10, 99))}EXAMPLE${String(integer(random, 1000, 9999))}`,
    amount: money(random),
    subject: random() < 0.5 ? title(random) : sentence(random),
    date: date(random),
    recurring: random() < 0.2,
  };
}

function hit(random: Random): { title: string; url: string; snippet: string } {
  const host = pick(random, [
    'www.example.com',
    'blog.example.org',
    'news.example.net',
    'wiki.example.org',
    'shop.example.com',
  ]);
  const path = noun(random).replaceAll(' ', '-');
  return {
    title: title(random),
    url: `https://${host}/${path}-${String(integer(random, 1, 999))}`,
    snippet: paragraph(random, 3),
  };
}

function ticket(random: Random): Record<string, unknown> {
  return {
    key: `${pick(random, ['OPS', 'WEB', 'HR', 'CARE'])}-${String(integer(random, 1, 9999))}`,
    title: title(random),
    state: pick(random, ['open', 'closed', 'in progress', 'waiting']),
    author: person(random),
    labels: [pick(random, ['bug', 'question', 'feature', 'urgent', 'docs'])],
    body: paragraph(random),
    comments: Array.from({ length: integer(random, 0, 3) }, () => ({
      by: firstName(random),
      text: paragraph(random, 2),
    })),
  };
}

function customer(random: Random): string[] {
  return [
    person(random),
    place(random),
    String(money(random)),
    date(random),
    `${capital(noun(random))}`,
    sentence(random),
  ];
}

function csvCell(text: string): string {
  return /[",;\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function identifier(random: Random): string {
  return noun(random).replaceAll(' ', '_');
}

function python(random: Random): string {
  const name = identifier(random);
  return pick(random, [
    () =>
      `def update_${name}(${identifier(random)}, limit=${String(integer(random, 1, 90))}):\n    """${sentence(random)}"""\n    total = 0\n    for item in ${name}_list:\n        # ${sentence(random)}\n        total += item.amount\n    return min(total, limit)\n`,
    () =>
      `class ${capital(name)}:\n    # TODO: ${sentence(random)}\n    path = "/srv/${name}/${String(integer(random, 1, 99))}"\n\n    def open(self):\n        if not os.path.exists(self.path):\n            raise FileNotFoundError("${noun(random)} is missing")\n        return open(self.path)\n`,
    () =>
      `import ${pick(random, ['json', 'csv', 're', 'pathlib', 'logging'])}\n\n${name} = {"${noun(random)}": ${String(money(random))}, "${noun(random)}": ${String(money(random))}}\nprint("${noun(random)}", ${name})\n`,
  ])();
}

function typescript(random: Random): string {
  const name = identifier(random).replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return pick(random, [
    () =>
      `/** ${sentence(random)} */\nexport function ${name}(count: number): number {\n  // ${sentence(random)}\n  return count > ${String(integer(random, 1, 99))} ? count * ${String(integer(random, 2, 9))} : 0;\n}\n`,
    () =>
      `const ${name} = await fetch('/api/${name}?page=${String(integer(random, 1, 40))}');\nif (!${name}.ok) throw new Error('the ${noun(random)} is gone');\n`,
    () =>
      `test('${noun(random)} stays ${pick(random, ['open', 'sorted', 'empty', 'unique'])}', () => {\n  expect(${name}(${String(integer(random, 1, 9))})).toBe(${String(integer(random, 1, 99))});\n});\n`,
  ])();
}

function logLine(random: Random): string {
  const level = pick(random, ['INFO', 'INFO', 'INFO', 'DEBUG', 'WARN', 'ERROR']);
  const what = pick(random, [
    () => `user=${firstName(random).toLowerCase()} action=${pick(random, ['login', 'export', 'delete', 'share'])} ok`,
    () =>
      `GET /${identifier(random)}/${String(integer(random, 1, 999))} ${pick(random, ['200', '304', '404', '500'])} ${String(integer(random, 1, 900))}ms`,
    () =>
      `job ${identifier(random)} failed: ${pick(random, ['connection refused', 'timeout', 'disk full', 'not found'])}, retry ${String(integer(random, 1, 5))}`,
    () => `message "${sentence(random)}"`,
    () => `loaded ${String(integer(random, 2, 900))} rows from ${identifier(random)}`,
  ])();
  return `${date(random)}T${clock(random)}:${String(integer(random, 10, 59))}Z ${level} [${pick(random, ['api', 'worker', 'mailer', 'cron'])}] ${what}`;
}

function page(random: Random, size: number): string {
  const parts = fill(size, () =>
    pick(random, [
      () => `<p>${paragraph(random)}</p>`,
      () => `<h2>${title(random)}</h2>`,
      () => `<ul>${Array.from({ length: integer(random, 2, 4) }, () => `<li>${sentence(random)}</li>`).join('')}</ul>`,
      () => `<img src="/img/${String(integer(random, 1, 99))}.jpg" alt="${noun(random)}">`,
      () => `<blockquote>${sentence(random)} <cite>${person(random)}</cite></blockquote>`,
      () => `<a href="/${identifier(random)}">${title(random)}</a>`,
      () =>
        `<div class="card"><h3>${title(random)}</h3><span>${String(money(random))} EUR</span><p>${sentence(random)}</p></div>`,
    ])(),
  );
  const foot = pick(random, [
    '<footer>We use cookies. Accept all or choose.</footer>',
    '<footer>Unsubscribe at any time.</footer>',
    '',
  ]);
  return `<html><head><title>${title(random)}</title></head>\n<body>\n${parts.join('\n')}\n${foot}</body></html>`;
}

type Kind = (random: Random, size: number) => string;

export const CARRIER_KINDS: Readonly<Record<string, Kind>> = {
  mail_json: (random, size) => json(random, { emails: mailbox(random, size) }),
  mail_yaml: (random, size) => yaml(random, mailbox(random, size)),
  mail_thread: (random, size) =>
    fill(size, (depth) => {
      const text = `On ${date(random)} at ${clock(random)}, ${person(random)} <${address(random)}> wrote:\n${paragraph(random)}\n\n${paragraph(random, 2)}`;
      return text.replaceAll(/^/gm, '> '.repeat(Math.min(depth, 3)));
    }).join('\n'),
  mail_text: (random, size) =>
    `From: ${address(random)}\nTo: ${address(random)}\nSubject: ${title(random)}\nDate: ${date(random)}\n\nDear ${firstName(random)},\n\n${fill(size, () => paragraph(random)).join('\n\n')}\n\nYours,\n${person(random)}`,
  calendar_json: (random, size) =>
    json(
      random,
      fill(size, (index) => event(random, index)),
    ),
  calendar_yaml: (random, size) =>
    yaml(
      random,
      fill(size, (index) => event(random, index)),
    ),
  calendar_ics: (random, size) =>
    `BEGIN:VCALENDAR\nVERSION:2.0\n${fill(size, () => `BEGIN:VEVENT\nDTSTART:${date(random).replaceAll('-', '')}T${clock(random).replace(':', '')}00\nSUMMARY:${title(random)}\nLOCATION:${place(random)}\nDESCRIPTION:${sentence(random)}\nEND:VEVENT`).join('\n')}\nEND:VCALENDAR`,
  transactions: (random, size) => {
    const rows = fill(size, (index) => transaction(random, index));
    return random() < 0.5 ? json(random, { transactions: rows, balance: money(random) }) : yaml(random, rows);
  },
  search_json: (random, size) => json(random, { query: noun(random), results: fill(size, () => hit(random)) }),
  search_text: (random, size) =>
    fill(size, (index) => {
      const found = hit(random);
      return `${String(index + 1)}. ${found.title}\n   ${found.url}\n   ${found.snippet}`;
    }).join('\n'),
  files: (random, size) =>
    fill(size, () => {
      const name = `${identifier(random)}_${String(integer(random, 1, 30))}.${pick(random, ['pdf', 'docx', 'md', 'csv', 'png'])}`;
      return `-rw-r--r-- 1 ${firstName(random).toLowerCase()} staff ${String(integer(random, 80, 999999)).padStart(7)} ${date(random)} ${name}`;
    }).join('\n'),
  drive_json: (random, size) =>
    json(random, {
      files: fill(size, () => ({
        filename: `${identifier(random)}.${pick(random, ['txt', 'docx', 'md'])}`,
        owner: address(random),
        content: paragraph(random, 8),
        shared_with: random() < 0.5 ? {} : { [address(random)]: pick(random, ['r', 'rw']) },
      })),
    }),
  logs: (random, size) =>
    fill(size, () => logLine(random))
      .sort()
      .join('\n'),
  page,
  csv: (random, size) => {
    const mark = pick(random, [',', ',', ';']);
    const rows = fill(size, () => customer(random).map(csvCell).join(mark));
    return [['name', 'place', 'amount', 'since', 'item', 'remark'].join(mark), ...rows].join('\n');
  },
  table: (random, size) => {
    const rows = fill(size, () => `| ${customer(random).join(' | ')} |`);
    return `| Name | Place | Amount | Since | Item | Remark |\n| --- | --- | --- | --- | --- | --- |\n${rows.join('\n')}`;
  },
  python: (random, size) => fill(size, () => python(random)).join('\n'),
  typescript: (random, size) => fill(size, () => typescript(random)).join('\n'),
  chat: (random, size) => {
    const people = [firstName(random), firstName(random), firstName(random)] as const;
    const line = pick(random, [
      () => `[${clock(random)}] ${pick(random, people).toLowerCase()}: ${sentence(random)}`,
      () => `${pick(random, people)}: ${paragraph(random, 2)}`,
      () => `<${pick(random, people).toLowerCase()}> ${sentence(random).toLowerCase()}`,
    ]);
    return fill(size, () => pick(random, [line, line, line])()).join('\n');
  },
  chat_json: (random, size) =>
    json(random, {
      channel: pick(random, ['general', 'random', 'external']),
      messages: fill(size, () => ({ sender: firstName(random), body: paragraph(random, 2) })),
    }),
  tickets: (random, size) => {
    const rows = fill(size, () => ticket(random));
    return random() < 0.6 ? json(random, rows) : yaml(random, rows);
  },
  reviews: (random, size) =>
    `${capital(noun(random))}, ${String(integer(random, 20, 50) / 10)} of 5\n${fill(size, () => `${'★'.repeat(integer(random, 1, 5))} ${firstName(random)}, ${date(random)}: ${paragraph(random, 3)}`).join('\n')}`,
  article: (random, size) => `# ${title(random)}\n\n${fill(size, () => paragraph(random, 7)).join('\n\n')}`,
  manual: (random, size) =>
    `${title(random)}\n${fill(size, (index) => `${String(index + 1)}. ${sentence(random)}`).join('\n')}`,
  settings: (random, size) =>
    fill(size, () => {
      const value = pick(random, [noun(random), money(random), true, sentence(random), date(random)] as const);
      return `${identifier(random)}: ${JSON.stringify(value)}`;
    }).join('\n'),
};

/** One piece of harmless tool output of 200 to 6000 characters; short ones are as likely as long ones, on a log scale. */
export function makeCarrier(random: Random): string {
  const kinds = Object.values(CARRIER_KINDS);
  const kind = kinds[Math.floor(random() * kinds.length)] ?? page;
  let size = SHORTEST * (LONGEST / SHORTEST) ** random() * 0.9;
  for (;;) {
    const text = kind(random, size);
    if (text.length >= SHORTEST && text.length <= LONGEST) return text;
    size *= text.length < SHORTEST ? 1.5 : 0.6;
  }
}
