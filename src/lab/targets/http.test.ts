// Models behind addresses: loopback servers that answer as the real ones do.
import { expect, it } from 'vitest';
import { type Received, type TestUpstream, startUpstream } from '../../../test/harness/upstream.ts';
import { atEnd } from '../../../test/harness/cleanup.ts';
import { countQueries } from '../budget.ts';
import type { Target } from '../target.ts';
import { type HttpTargetOptions, openHttpTarget } from './http.ts';

/** Three classes: the number of the greatest feature. */
const logits = (row: number[]): number[] => row.map((value) => value * 10);
const softmax = (row: number[]): number[] => {
  const powers = logits(row).map(Math.exp);
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((each) => each / sum);
};
const greatest = (row: number[]): number => row.indexOf(Math.max(...row));
const rowsOf = (flat: number[], width = 3): number[][] =>
  Array.from({ length: flat.length / width }, (_, i) => flat.slice(i * width, (i + 1) * width));

const PROBE = Float32Array.of(1, 0, 0);
const BATCH = { data: Float32Array.of(0, 1, 0, 0.5, 0, 0.25), count: 2 };

/** A server whose answer is what `answer` makes of a request. */
async function serverOf(answer: (received: Received) => unknown): Promise<TestUpstream> {
  return startUpstream((response, received) => {
    const body = JSON.stringify(answer(received));
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(body ?? '{"error":"not found"}');
  });
}

async function open(
  address: string,
  options: Partial<HttpTargetOptions> & Pick<HttpTargetOptions, 'protocol'>,
): Promise<Target> {
  const target = await openHttpTarget(address, { facts: { shape: [3] }, probe: { data: PROBE, count: 1 }, ...options });
  atEnd(() => target.close());
  return target;
}

const rounded = (scores: Float32Array): number[] => [...scores].map((score) => Math.round(score * 1e4) / 1e4);

it('speaks the Open Inference Protocol', async () => {
  const server = await serverOf(({ method, path, body }) => {
    if (method === 'GET' && path === '/v1/v2/models/iris') {
      return {
        name: 'iris',
        platform: 'onnx',
        inputs: [{ name: 'input', datatype: 'FP32', shape: [-1, 3] }],
        outputs: [
          { name: 'label', datatype: 'INT64', shape: [-1] },
          { name: 'probabilities', datatype: 'FP32', shape: [-1, 3] },
        ],
      };
    }
    const [input] = body['inputs'] as { data: number[]; shape: number[]; name: string; datatype: string }[];
    if (path !== '/v1/v2/models/iris/infer' || input?.name !== 'input' || input.datatype !== 'FP32') return undefined;
    const rows = rowsOf(input.data);
    return {
      model_name: 'iris',
      outputs: [{ name: 'probabilities', datatype: 'FP32', shape: [rows.length, 3], data: rows.flatMap(softmax) }],
    };
  });
  const target = await open(`${server.url}/v2/models/iris`, { protocol: 'oip' });
  expect(target).toMatchObject({ classes: 3, gives: 'probabilities' });
  expect(rounded(await target.scores(BATCH))).toEqual(
    rounded(Float32Array.from([...softmax([0, 1, 0]), ...softmax([0.5, 0, 0.25])])),
  );
  expect(server.received.at(-1)!.body['inputs']).toMatchObject([{ shape: [2, 3] }]);
  await expect(open(`${server.url}/v2/models/iris`, { protocol: 'oip', facts: { shape: [4] } })).rejects.toThrow(
    /the model takes \[3\], and samples are \[4\]/,
  );
});

it('speaks as TensorFlow Serving does', async () => {
  const server = await serverOf(({ path, body }) =>
    path === '/v1/models/iris:predict'
      ? { predictions: (body['instances'] as number[][]).map((row) => logits(row)) }
      : undefined,
  );
  const target = await open(server.url + '/models/iris', { protocol: 'tfserving' });
  expect(target.gives).toBe('logits');
  expect([...(await target.scores(BATCH))]).toEqual([0, 10, 0, 5, 0, 2.5]);
});

it('speaks as MLflow does, of tables by their columns, and takes labels for what they are', async () => {
  const server = await serverOf(({ path, body }) => {
    const split = body['dataframe_split'] as { columns: string[]; data: number[][] } | undefined;
    const rows = split?.data ?? (body['inputs'] as number[][]);
    return path === '/v1/invocations' ? { predictions: rows.map(greatest) } : undefined;
  });
  const target = await open(server.url, {
    protocol: 'mlflow',
    classes: 3,
    facts: { shape: [3], columns: ['a', 'b', 'c'] },
  });
  expect(target).toMatchObject({ classes: 3, gives: 'labels' });
  expect([...(await target.scores(BATCH))]).toEqual([0, 1, 0, 1, 0, 0]);
  expect(server.received.at(-1)!.body['dataframe_split']).toMatchObject({ columns: ['a', 'b', 'c'] });
  const plain = await open(server.url, { protocol: 'mlflow', classes: 3 });
  await plain.scores(BATCH);
  expect(server.received.at(-1)!.body['inputs']).toEqual([
    [0, 1, 0],
    [0.5, 0, 0.25],
  ]);
  const few = await open(server.url, { protocol: 'mlflow', classes: 2 });
  await expect(few.scores({ data: Float32Array.of(0, 0, 1), count: 1 })).rejects.toThrow(/2 is no class from 0 to 1/);
});

it('speaks as a template says, one sample or many at a time', async () => {
  const server = await serverOf(({ path, body, headers }) => {
    if (headers['x-key'] !== 'k') return undefined;
    if (path === '/v1/many') return { out: [{ scores: (body['x'] as number[][]).map(softmax) }] };
    return { out: [{ scores: softmax((body['image'] as { pixels: number[] }).pixels) }] };
  });
  const headers = { 'x-key': 'k' };
  const many = await open(server.url, {
    protocol: 'json',
    headers,
    template: { path: '/many', body: { x: '{{samples}}' }, scores: 'out.0.scores' },
  });
  expect((await many.scores(BATCH)).length).toBe(6);
  const one = await open(server.url, {
    protocol: 'json',
    headers,
    template: { path: '/one', body: { image: { pixels: '{{sample}}' } }, scores: 'out.0.scores' },
  });
  expect(one.most).toBe(1);
  const before = server.received.length;
  expect(rounded(await countQueries(one, {}).scores(BATCH))).toEqual(rounded(await many.scores(BATCH)));
  expect(server.received.length).toBe(before + 3);
  await expect(open(server.url, { protocol: 'json', template: { body: {}, scores: '' } })).rejects.toThrow(
    /no place for samples/,
  );
});

it('tries again what may pass, counts it, and says what does not', async () => {
  let busy = 0;
  const server = await startUpstream((response, { body }) => {
    if (busy-- > 0) return response.writeHead(503).end();
    return response.writeHead(200).end(JSON.stringify({ predictions: (body['instances'] as number[][]).map(logits) }));
  });
  const target = countQueries(await open(`${server.url}/models/x`, { protocol: 'tfserving' }), {}, () =>
    Promise.resolve(),
  );
  busy = 2;
  await target.scores(BATCH);
  expect(target.queries).toBe(6);
  const answers: [status: number, body: string, said: RegExp][] = [
    [400, '{"error":"shape"}', /answered 400/],
    [302, '', /answered 302/],
    [200, 'hello', /not acceptable JSON/],
    [200, '{"predictions":[[1,2]]}', /1 numbers for a sample, and the model has 3/],
    [200, '{"predictions":["a","b"]}', /expected numbers, found "a"/],
    [200, '{}', /no predictions/],
  ];
  for (const [status, body, said] of answers) {
    server.behave((response) => void response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(body));
    await expect(target.scores(BATCH), body).rejects.toThrow(said);
  }
});

it('takes addresses only that are no more than that', async () => {
  for (const address of ['ftp://x/y', 'http://user:pw@127.0.0.1/m', 'nonsense', 'http://127.0.0.1:1/m?key=1']) {
    await expect(open(address, { protocol: 'mlflow' })).rejects.toThrow(/expected the address/);
  }
  await expect(open('http://127.0.0.1:1', { protocol: 'oip' })).rejects.toThrow(/does not name a model/);
  await expect(open('http://127.0.0.1:1/v1/models/m', { protocol: 'tfserving' })).rejects.toMatchObject({
    code: 'upstream_unreachable',
  });
});
