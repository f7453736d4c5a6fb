// ancile lab attack on a model whose weights lie in a file beside it: what was measured is of that file too.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { Scorecard } from '../../src/contract/index.ts';
import { renderNpz } from '../../src/lab/data/npz.ts';
import { denseNet } from '../../src/lab/nets.ts';
import { ancile, ensureBuilt } from '../harness/cli.ts';
import { tempFolder } from '../harness/cleanup.ts';
import { writeExternal } from '../harness/onnx-bytes.ts';
import { requireOrSkip } from '../skips.ts';

beforeAll(ensureBuilt, 120_000);

const hasRuntime = (() => {
  try {
    createRequire(import.meta.url).resolve('onnxruntime-node');
    return true;
  } catch {
    return false;
  }
})();

it('is told, taken up again and attested with the weights that it was measured with', async (context) => {
  requireOrSkip(context, hasRuntime, 'onnxruntime-node is not installed');
  const cwd = tempFolder();
  let state = 5;
  const random = (): number => (state = (state * 16807) % 2147483647) / 2147483647;
  mkdirSync(join(cwd, 'model'));
  const weights = writeExternal(join(cwd, 'model/m.onnx'), denseNet(4, [8], { classes: 3, random }));
  const x = { data: Float32Array.from({ length: 40 }, random), shape: [10, 4] };
  const y = { data: Int32Array.from({ length: 10 }, (_, i) => i % 3), shape: [10] };
  writeFileSync(join(cwd, 'd.npz'), Buffer.concat(renderNpz({ x, y })));
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(join(cwd, 'k.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(join(cwd, 'k.pub'), publicKey.export({ type: 'spki', format: 'pem' }));

  const run = ['lab', 'attack', 'model/m.onnx', '--data', 'd.npz', '--eps', '0.1', '--attacks', 'pgd', '--steps', '5'];
  const first = await ancile(
    [...run, '--resume', 'state', '--attest', 'k.pem', '--attest-output', 'r.json', '--json'],
    {
      cwd,
    },
  );
  expect({ code: first.code, stderr: first.stderr }).toMatchObject({ code: 0 });
  const { externalData } = Scorecard.parse(JSON.parse(first.stdout)).model;
  expect(externalData).toMatchObject([{ path: 'weights.bin' }]);

  const sign = await ancile(['sign', 'model', '--key', 'k.pem'], { cwd });
  expect(sign.code).toBe(0);
  const verify = ['verify', 'model', '--key', 'k.pub', '--require', 'robustness', '--attestation', 'r.json'];
  const verified = await ancile(verify, { cwd });
  expect({ ...verified }).toMatchObject({ code: 0 });

  // Other weights under the same name: another model, and the .onnx is the same to the byte.
  const bytes = readFileSync(weights);
  bytes.writeFloatLE(0.25, 0);
  writeFileSync(weights, bytes);
  const again = await ancile([...run, '--resume', 'state'], { cwd });
  expect(again).toMatchObject({ code: 2, stderr: expect.stringMatching(/is of another run: external-data/) });
  await ancile(['sign', 'model', '--key', 'k.pem'], { cwd });
  expect((await ancile(verify, { cwd })).code).toBe(1);
}, 120_000);
