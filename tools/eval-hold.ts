// How much of an answer is held back while it streams: characters behind the last word, for typical answers pushed
// word by word, and which detector holds them. Usage: npx tsx tools/eval-hold.ts [--by-detector] [--show N]
import {
  type DetectContext,
  type Detector,
  activeContentDetector,
  createSecretDetector,
  createSecretTailDetector,
  createView,
  leakDetector,
  linkDetector,
  namesDetector,
  piiDetector,
} from '../src/detect/index.ts';
import { shippedSecrets } from '../src/detect/testing/shipped-secrets.ts';
import { makeTexts, SYSTEM_PROMPT } from './bench/detect-texts.ts';

const secrets = shippedSecrets();
const detectors: readonly Detector[] = [
  namesDetector,
  piiDetector,
  createSecretDetector(secrets),
  createSecretTailDetector(secrets),
  leakDetector,
  linkDetector,
  activeContentDetector,
];
const context: DetectContext = {
  direction: 'output',
  channel: 'output',
  systemPrompts: [SYSTEM_PROMPT],
  canaries: ['cnry-5d1f0c'],
  knownHosts: new Set(),
};

const ANSWERS: Readonly<Record<string, string>> = {
  markdown: `## Packing for a week in the mountains

Here is a short list. It assumes **cool evenings** and a hut with blankets.

1. Two pairs of socks, one of them wool.
2. A rain jacket (the light one will do).
3. About 1.5 litres of water a day; in August 2 litres.
4. Maps: the 1:25,000 sheet, or the [trail map](https://trails.example.org/maps/north).

- Leave the tent at home.
- Charge the phone; there are no sockets above 1,800 m.
- Tell someone where you go, and when you will be back - it matters.

> The weather turns quickly after 14:00, so start before 7:30.

| day | from | to | hours |
|---|---|---|---|
| 1 | Valley | Lower hut | 4 |
| 2 | Lower hut | Pass | 6.5 |

If you have more than a week, add a rest day. See also https://huts.example.org/booking for free beds. Have a good trip!`,
  code: `You can read the file line by line, which keeps the memory low:

\`\`\`python
import csv
from pathlib import Path

def load(path: Path, limit: int = 1000) -> list[dict[str, str]]:
    """Reads at most \`limit\` rows."""
    rows = []
    with path.open(encoding="utf-8") as handle:
        for index, row in enumerate(csv.DictReader(handle)):
            if index >= limit:
                break
            rows.append({key: value.strip() for key, value in row.items()})
    return rows
\`\`\`

The same in TypeScript:

\`\`\`ts
const text = await readFile(path, 'utf8');
for (let i = 0; i < lines.length; i++) {
  const [name, ...rest] = lines[i]!.split(',');
  if (name === undefined || rest.length === 0) throw new Error(\`line \${i + 1} is empty\`);
  total += Number(rest[0]) * 100;
}
\`\`\`

Note that \`token\` here means a word of the file, and \`<div class="row">\` is only an example. Set API_KEY in the environment; never write it into the code.`,
  numbers: `In 2023 revenue rose by 12.4% to $4,310,000, after $3,834,500 in 2022. Costs were 61% of that, or about 2.6 million. Between 1995 and 2010 the average was 3.2% a year. The formula is v = d / t; with d = 120 km and t = 1.5 h it gives 80 km/h. Order 66231 was shipped on 2024-03-12 at 09:45, and the second on 12/04/2024. Room 214, floor 2, building 7. The ratio 16:9 is common; 4:3 is older. Add 250 g of flour, 3 eggs and 120 ml of milk, then bake for 35 minutes at 180 degrees.`,
};

const share = (sorted: readonly number[], part: number): number => sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
const TAIL = 2048;

function openAt(detector: Detector, text: string): number {
  const cut = Math.max(0, text.length - TAIL);
  const view = createView(text.slice(cut));
  const least = Math.max(0, view.folded.length - detector.reach);
  const open = detector.openFrom === undefined ? least : Math.max(least, detector.openFrom(view, context));
  return cut + (open >= view.folded.length ? view.original.length : view.toOriginal(open, open + 1)[0]);
}

const samples: [string, string[]][] = [
  ...(['English', 'chat, typographic', 'German', 'Chinese', 'code', 'JSON', 'table'] as const).map(
    (kind): [string, string[]] => [kind, makeTexts(kind, 4, 3000, 99)],
  ),
  ...Object.entries(ANSWERS).map(([name, text]): [string, string[]] => [`answer: ${name}`, [text]]),
];
const shown = process.argv.includes('--show') ? Number(process.argv[process.argv.indexOf('--show') + 1]) : Infinity;

console.log('| text | mean | p50 | p95 | most |\n|---|---:|---:|---:|---:|');
const blame = new Map<string, number>();
for (const [name, texts] of samples) {
  const held: number[] = [];
  for (const text of texts) {
    for (const word of text.matchAll(/\S+\s*|[\u4e00-\u9fff，。]/gu)) {
      const before = text.slice(0, word.index + word[0].length);
      const opens = detectors.map((detector) => openAt(detector, before));
      const least = Math.min(...opens);
      held.push(before.length - least);
      const holder = detectors[opens.indexOf(least)]!.id;
      blame.set(holder, (blame.get(holder) ?? 0) + before.length - least);
      if (before.length - least >= shown) console.log(holder, JSON.stringify(before.slice(least)));
    }
  }
  held.sort((a, b) => a - b);
  const mean = held.reduce((sum, each) => sum + each, 0) / held.length;
  console.log(`| ${name} | ${mean.toFixed(1)} | ${share(held, 0.5)} | ${share(held, 0.95)} | ${held.at(-1)} |`);
}
if (process.argv.includes('--by-detector')) {
  const all = [...blame.values()].reduce((sum, each) => sum + each, 0);
  for (const [id, held] of blame) console.log(`${id}: ${((100 * held) / all).toFixed(0)}% of what is held`);
}
