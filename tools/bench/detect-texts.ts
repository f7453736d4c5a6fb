// Texts to measure detectors by: of every kind any number, each different, made from a seed.

/** A small generator of numbers from a seed (mulberry32): the same texts in every run. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ENGLISH = [
  'The committee met on Tuesday to discuss how the new library should be paid for and who would run it.',
  'Most of the cost comes from the roof, which has to carry snow in winter and keep the reading rooms cool in summer.',
  'If you would rather travel by train, take the early one, because the afternoon service is often late.',
  'She asked whether the previous owner had left any instructions about the heating, but nobody could find them.',
  'A good summary names the question first, then what was done, and then what was found, in that order.',
  'Water boils at a lower temperature in the mountains, so the beans will need about twenty minutes more.',
  'Please explain the difference between the two contracts in simple words that my parents would understand.',
  'He told me that the system had been running for three years without anyone looking at the reports it wrote.',
  'In the end we decided to keep the old name, since all our customers already know it and like it.',
  'Could you write a short message to the team that thanks them for their work and tells them about the move?',
  'There is no secret to it: read widely, sleep well, and answer letters on the day that they arrive.',
  'The teacher repeated the rules of the game until every child in the room could follow them.',
];
const GERMAN = [
  'Der Ausschuss traf sich am Dienstag, um über die Finanzierung der neuen Bücherei zu sprechen.',
  'Wenn Sie lieber mit dem Zug fahren, nehmen Sie den frühen, denn der spätere ist oft verspätet.',
  'Sie fragte, ob der frühere Eigentümer Anweisungen für die Heizung hinterlassen habe, aber niemand fand welche.',
  'Könnten Sie bitte den Unterschied zwischen den beiden Verträgen in einfachen Worten erklären?',
  'Wasser kocht im Gebirge bei niedrigerer Temperatur, deshalb brauchen die Bohnen länger.',
  'Am Ende beschlossen wir, den alten Namen zu behalten, weil ihn alle Kunden schon kennen und mögen.',
];
const CHINESE = [
  '委员会星期二开会，讨论新图书馆的经费由谁承担，以及将来由谁来管理。',
  '如果您更愿意坐火车，请乘早班车，因为下午的车经常晚点。',
  '她问以前的房主有没有留下关于暖气的说明，但是谁也没有找到。',
  '请用简单的话解释这两份合同有什么不同，让我的父母也能看懂。',
  '山上的水在较低的温度就会沸腾，所以豆子要多煮二十分钟左右。',
  '最后我们决定保留原来的名字，因为所有的顾客都已经熟悉并且喜欢它。',
];
const CODE = [
  'export function sumOf(items: readonly Item[]): number {\n  let total = 0;\n  for (const item of items) total += item.price * item.count;\n  return total;\n}\n',
  "import { readFile } from 'node:fs/promises';\n\nconst text = await readFile(path, 'utf8');\n",
  'def load(path, *, limit=1000):\n    """Reads at most `limit` rows."""\n    with open(path) as handle:\n        return [row.strip().split(",") for row in handle][:limit]\n',
  'if (response.status !== 200) {\n  throw new Error(`unexpected status ${response.status}`);\n}\n',
  'SELECT c.name, COUNT(*) AS orders FROM customers c JOIN orders o ON o.customer = c.id GROUP BY c.name;\n',
  'class Cache<K, V> {\n  private readonly map = new Map<K, V>();\n  get(key: K): V | undefined {\n    return this.map.get(key);\n  }\n}\n',
];

const pick = <T>(list: readonly T[], next: () => number): T => list[Math.floor(next() * list.length)]!;
const digits = (count: number, next: () => number): string =>
  Array.from({ length: count }, () => Math.floor(next() * 10)).join('');

function jsonRow(next: () => number): string {
  return JSON.stringify({
    id: Number(digits(6, next)),
    title: pick(ENGLISH, next).slice(0, 60),
    status: pick(['open', 'closed', 'waiting'], next),
    updated: `2025-0${1 + Math.floor(next() * 9)}-1${Math.floor(next() * 10)}T0${Math.floor(next() * 10)}:15:00Z`,
    tags: ['billing', 'north'],
    amount: Number(`${digits(3, next)}.5`),
    url: `https://tracker.example.com/items/${digits(6, next)}`,
  });
}

/** A chat message: typographic quotes, a dash, an apostrophe and a smile among the words. */
function chatSentence(next: () => number): string {
  return (
    pick(ENGLISH, next)
      .replace(/ (\w+) (\w+)/, ' “$1” — $2')
      .replace('the', 'the’s') + (next() < 0.2 ? ' 😀' : '')
  );
}

const MAKERS = {
  English: (next: () => number) => `${pick(ENGLISH, next)} `,
  'chat, typographic': (next: () => number) => `${chatSentence(next)} `,
  JSON: (next: () => number) => `${jsonRow(next)},\n`,
  code: (next: () => number) => pick(CODE, next),
  German: (next: () => number) => `${pick(GERMAN, next)} `,
  Chinese: (next: () => number) => pick(CHINESE, next),
  table: (next: () => number) =>
    `| ${digits(5, next)} | ${digits(2, next)}.${digits(2, next)} | 2024-0${1 + Math.floor(next() * 9)}-12 | ${digits(3, next)}-${digits(4, next)} | ${digits(9, next)} |\n`,
} satisfies Record<string, (next: () => number) => string>;

export type Kind = keyof typeof MAKERS;
export const KINDS = Object.keys(MAKERS) as Kind[];

/** `count` texts of `size` characters, no two the same, of round `round`. */
export function makeTexts(kind: Kind, count: number, size: number, round: number): string[] {
  const next = random(round * 7919 + KINDS.indexOf(kind) + 1);
  return Array.from({ length: count }, (_, index) => {
    const parts = [`${round}-${index}: `];
    for (let length = parts[0]!.length; length < size; length += parts.at(-1)!.length) parts.push(MAKERS[kind](next));
    return Buffer.from(parts.join('').slice(0, size)).toString('utf8');
  });
}

/** Instructions of 2 KB, such as an application gives its model. */
export const SYSTEM_PROMPT = [
  'You are the assistant of Example Travel. Help customers to find, change and cancel journeys.',
  ...ENGLISH.map((sentence) => `Remember when it is of use: ${sentence.toLowerCase()}`.split(' ').reverse().join(' ')),
  'Never promise a refund before the booking was looked up. Answer in the language of the question, in at most two paragraphs.',
]
  .join('\n')
  .slice(0, 2048);
