// What became of each sample, for other programs: the examples as .npz, and a line of JSON for each.
import { appendFileSync, closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { AncileError, systemCode } from '../base/index.ts';
import { renderNpz } from './data/npz.ts';
import type { Samples } from './data/samples.ts';
import { type JudgedBatch, runName } from './run.ts';

const LINES = 'samples.jsonl';

export interface SampleExport {
  add(judged: JudgedBatch): void;
  /** Writes what is left. @returns the files */
  end(): string[];
}

/** @throws AncileError `usage` where the folder cannot be written */
export function createExport(folder: string, samples: Samples): SampleExport {
  const guarded = <T>(run: () => T): T => {
    try {
      return run();
    } catch (cause) {
      if (cause instanceof AncileError) throw cause;
      throw new AncileError('usage', `${folder} cannot be written (${systemCode(cause) ?? 'unknown'})`, {
        at: folder,
        cause,
      });
    }
  };
  const files = [LINES];
  let under: JudgedBatch[] = [];
  guarded(() => {
    mkdirSync(folder, { recursive: true });
    rmSync(join(folder, LINES), { force: true });
  });

  /** All batches of one run as one archive. */
  function flush(): void {
    const [first] = under;
    if (first === undefined) return;
    const { plan, norm, eps } = first.run;
    const numbers = under.flatMap((each) => [...each.samples]);
    const size = samples.x.length / samples.count;
    const x = new Float32Array(numbers.length * size);
    let at = 0;
    for (const { batch } of under) {
      x.set(batch.examples, at);
      at += batch.examples.length;
    }
    const verdicts = under.flatMap((each) => each.verdicts);
    const column = (values: readonly number[]): { data: Int32Array; shape: number[] } => ({
      data: Int32Array.from(values),
      shape: [values.length],
    });
    const name = `${plan.attack.name}-${norm}-${eps}.npz`;
    const pieces = renderNpz({
      x: { data: x, shape: [numbers.length, ...samples.shape] },
      y: column(numbers.map((sample) => samples.labels[sample]!)),
      sample: column(numbers),
      predicted: column(verdicts.map(({ predicted }) => predicted)),
      fooled: column(verdicts.map(({ fooled }) => (fooled ? 1 : 0))),
    });
    guarded(() => {
      const file = openSync(join(folder, name), 'w');
      try {
        for (const piece of pieces) for (let from = 0; from < piece.length;) from += writeSync(file, piece, from);
      } finally {
        closeSync(file);
      }
    });
    files.push(name);
    under = [];
  }

  return {
    add(judged) {
      const { run, samples: numbers, batch, verdicts } = judged;
      if (under[0] !== undefined && runName(under[0].run) !== runName(run)) flush();
      under.push(judged);
      const lines = verdicts.map(({ predicted, distance, fooled, rejected }, i) =>
        JSON.stringify({
          attack: run.plan.attack.name,
          norm: run.norm,
          eps: run.eps,
          sample: numbers[i],
          label: samples.labels[numbers[i]!],
          predicted,
          fooled,
          distance,
          ...(rejected === undefined ? {} : { rejected }),
          queries: batch.asked[i],
          ...(batch.toSuccess === undefined || batch.toSuccess[i]! < 0 ? {} : { queriesToSuccess: batch.toSuccess[i] }),
        }),
      );
      guarded(() => appendFileSync(join(folder, LINES), `${lines.join('\n')}\n`));
    },
    end() {
      flush();
      return files;
    },
  };
}
