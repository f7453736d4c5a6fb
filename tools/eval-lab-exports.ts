// Models as PyTorch exports them (fifteen architectures, operator sets 11 to 17, a batch of any size or of one), attacked here and there:
// FGSM, which has no chance in it, must leave the same, and PGD nearly so.
// Usage: npm run eval:lab-exports [-- --python FILE --only NAME]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ATTACKS, loadSamples, openOnnxTarget, planAttacks, runAttacks } from '../src/lab/index.ts';

const { values } = parseArgs({
  options: { python: { type: 'string', default: '/usr/bin/python3' }, only: { type: 'string', default: '' } },
});
/** Samples that FGSM and PGD may leave more or fewer than there: a score that is a tie but for rounding; another random start. */
const APART = { fgsm: 1, pgd: 3 };
const Kinds = z.array(
  z.object({
    name: z.string(),
    files: z.array(z.string()),
    eps: z.number(),
    scale: z.number(),
    ...{ clean: z.number(), fgsm: z.number(), pgd: z.number() },
  }),
);

const folder = mkdtempSync(join(tmpdir(), 'ancile-exports-'));
const { stdout, stderr, status } = spawnSync(values.python, [join(import.meta.dirname, 'lab-exports.py'), folder], {
  encoding: 'utf8',
});
if (status !== 0) {
  console.log(`no exports: ${values.python} has no torch (Debian: python3-torch)\n${stderr.slice(-500)}`);
  process.exit(0);
}
for (const line of stderr.split('\n')) if (line.includes('is not exported')) console.log(line);
let [all, apart] = [0, 0];
for (const { name, files, eps, scale, ...there } of Kinds.parse(JSON.parse(stdout))) {
  if (!name.includes(values.only)) continue;
  const samples = loadSamples(join(folder, `${name}.npz`));
  const { x, count, labels } = samples;
  const told: string[] = [];
  for (const file of files) {
    const target = await openOnnxTarget(join(folder, file), {
      shape: samples.shape,
      example: x.subarray(0, (x.length / count) * 32),
      classes: labels.reduce((most, label) => Math.max(most, label + 1), 2),
    });
    const plans = planAttacks(ATTACKS, target, { names: ['fgsm', 'pgd:20'], norm: 'linf' });
    const { runs, correct } = await runAttacks(target, samples, {
      ...{ plans, norm: 'linf', eps: [eps], seed: 1, batch: 60, budget: {}, space: () => ({ low: 0, high: scale }) },
      signal: new AbortController().signal,
    });
    const [fgsm, pgd] = runs.map(({ verdicts }) => verdicts.filter(({ fooled }) => !fooled).length) as [number, number];
    const isApart =
      correct.length !== Math.round(there.clean * count) ||
      Math.abs(fgsm - there.fgsm * count) > APART.fgsm + 0.01 ||
      Math.abs(pgd - there.pgd * count) > APART.pgd + 0.01;
    all++;
    if (isApart) {
      apart++;
      told.push(`  ${file}: clean ${correct.length}, fgsm ${fgsm}, pgd ${pgd} of ${count}`);
    }
  }
  const counts = [there.clean, there.fgsm, there.pgd].map((share) => Math.round(share * count));
  console.log(
    `${name.padEnd(10)} ${files.length} files, eps ${eps}: clean ${counts[0]}, fgsm ${counts[1]}, pgd ${counts[2]} of ${count}`,
  );
  for (const line of told) console.log(line);
}
console.log(`${all - apart} of ${all} files as there (fgsm within ${APART.fgsm}, pgd within ${APART.pgd} samples)`);
rmSync(folder, { recursive: true });
process.exitCode = apart > 0 ? 1 : 0;
