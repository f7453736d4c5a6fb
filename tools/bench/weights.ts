// Files as libraries write them, for measuring: gigabytes of weights, and the many small files around models.
import { crc32 } from 'node:zlib';
import { u16, u32, u64 } from '../../src/scan/testing/configs.ts';
import * as write from '../../src/scan/testing/pickle.ts';
import { writeZip } from '../../src/scan/testing/zip.ts';
import { type Part, chain, noise } from './hostile/shape.ts';

const MB = 1 << 20;

/** A safetensors file of tensors of 16 MB. */
export function safetensors(megabytes: number): Part {
  const block = noise(16 * MB);
  const count = Math.max(1, Math.floor(megabytes / 16));
  const header = Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `model.layers.${at}.weight`,
      { dtype: 'F32', shape: [1024, 4096], data_offsets: [at * block.length, (at + 1) * block.length] },
    ]),
  );
  const json = Buffer.from(JSON.stringify(header));
  return chain(u64(json.length), json, new Array<Buffer>(count).fill(block));
}

/** The state of a model: each tensor is rebuilt from a storage. */
function stateDict(sizes: readonly number[]): Buffer {
  return write.pickle(
    write.dict(
      ...sizes.flatMap((size, at) => [
        write.text(`layers.${at}.weight`),
        write.call(
          write.global('torch._utils', '_rebuild_tensor_v2'),
          write.join(
            write.tuple(
              write.text('storage'),
              write.global('torch', 'FloatStorage'),
              write.text(String(at)),
              write.text('cpu'),
              write.int(size / 4),
            ),
            write.BINPERSID,
          ),
          write.int(0),
          write.tuple(write.int(size / 4)),
          write.tuple(write.int(1)),
          write.TRUE,
          write.call(write.global('collections', 'OrderedDict')),
        ),
      ]),
    ),
  );
}

/** An archive of torch.save: members that are stored, their numbers aligned to 64 bytes. */
export function* torchZip(megabytes: number): Generator<Uint8Array> {
  const blocks = [48 * MB, 15 * MB, MB].map((size) => noise(size));
  const sums = blocks.map((block) => crc32(block));
  const picked: number[] = [];
  for (let left = megabytes * MB; left >= blocks[2]!.length;) {
    const next =
      left >= blocks[0]!.length && picked.length % 3 === 0
        ? 0
        : left >= blocks[1]!.length && picked.length % 3 < 2
          ? 1
          : 2;
    picked.push(next);
    left -= blocks[next]!.length;
  }
  const state = stateDict(picked.map((which) => blocks[which]!.length));
  const version = Buffer.from('3\n');
  const members: readonly (readonly [name: string, data: Buffer, sum: number])[] = [
    ['model/data.pkl', state, crc32(state)],
    ...picked.map((which, at) => [`model/data/${at}`, blocks[which]!, sums[which]!] as const),
    ['model/version', version, crc32(version)],
  ];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, data, sum] of members) {
    const padding = (128 - ((at + 30 + name.length + 4) % 64)) % 64;
    const fields = (extra: number): Buffer =>
      Buffer.concat([
        u16(0),
        u16(0),
        u16(0),
        u32(0),
        u32(sum),
        u32(data.length),
        u32(data.length),
        u16(name.length),
        u16(extra),
      ]);
    const local = Buffer.concat([
      Buffer.from('PK\x03\x04'),
      fields(4 + padding),
      Buffer.from(`${name}FB`),
      u16(padding),
      Buffer.alloc(padding, 'Z'),
    ]);
    directory.push(
      Buffer.concat([Buffer.from('PK\x01\x02'), u16(0), fields(0), Buffer.alloc(10), u32(at), Buffer.from(name)]),
    );
    yield local;
    yield data;
    at += local.length + data.length;
  }
  const central = Buffer.concat(directory);
  yield central;
  yield Buffer.concat([
    Buffer.from('PK\x05\x06'),
    u32(0),
    u16(members.length),
    u16(members.length),
    u32(central.length),
    u32(at),
    u16(0),
  ]);
}

const PYTHON = `import torch
from torch import nn


class Block(nn.Module):
    """One block of layer NUMBER."""

    def __init__(self, width: int, heads: int = 8):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads)

    def forward(self, x):
        y = self.norm(x)
        return x + self.attention(y, y, y)[0]
`;

/** A small file of one of the kinds that lie in folders of models, different each time. */
export function smallFile(at: number): { readonly name: string; readonly content: Uint8Array | string } {
  const estimator = (): Buffer =>
    write.pickle(
      write.instance(
        write.global('sklearn.linear_model._logistic', 'LogisticRegression'),
        write.text('C'),
        write.int(at),
        write.text('classes_'),
        write.list(...Array.from({ length: 100 }, (_, item) => write.text(`class ${item} of ${at}`))),
      ),
    );
  switch (at % 10) {
    case 0:
    case 1:
    case 2:
      return { name: `estimator-${at}.pkl`, content: estimator() };
    case 3:
      return { name: `state-${at}.pkl`, content: stateDict(Array.from({ length: 20 }, (_, item) => 4 * (item + at))) };
    case 4:
      return {
        name: `model-${at}.pt`,
        content: writeZip([
          { name: 'model/data.pkl', content: stateDict([1024]) },
          { name: 'model/data/0', content: noise(1024, at + 1) },
          { name: 'model/version', content: '3\n' },
        ]),
      };
    case 5:
    case 6: {
      const json = Buffer.from(JSON.stringify({ weight: { dtype: 'F32', shape: [256], data_offsets: [0, 1024] } }));
      return { name: `model-${at}.safetensors`, content: Buffer.concat([u64(json.length), json, noise(1024, at)]) };
    }
    case 7:
      return {
        name: `settings-${at}.json`,
        content: JSON.stringify({
          model_type: 'llama',
          hidden_size: at,
          layers: Array.from({ length: 40 }, (_, item) => ({ name: `layer ${item}`, rate: item / 10 })),
        }),
      };
    case 8:
      return {
        name: `training-${at}.yaml`,
        content: `model: llama\nseed: ${at}\ndata:\n${Array.from({ length: 20 }, (_, item) => `  - path: part-${item}\n    rows: ${item}\n`).join('')}`,
      };
    default:
      return { name: `block_${at}.py`, content: PYTHON.replace('NUMBER', String(at)) };
  }
}
