// The code of a TorchScript archive: operations of PyTorch that reach files or other machines, and those of other libraries.
// Source: pytorch/torch/csrc/jit/docs/serialization.md.
import { z } from 'zod';
import { ScanCapability } from '../../../contract/index.ts';
import type { Format } from '../../format.ts';
import { shippedList } from '../../lists.ts';
import { readHead } from '../../source.ts';
import { python } from '../../workspace/python/format.ts';

const torchscriptList = shippedList(
  'torchscript.yaml',
  z.strictObject({
    acts: z
      .array(z.strictObject({ names: z.array(z.string()), capability: ScanCapability, why: z.string() }))
      .transform((list) => new Map(list.flatMap((each) => each.names.map((name) => [name, each] as const)))),
    namespaces: z.string().transform((text) => new Set(text.split(/\s+/))),
  }),
);

const MOST = 16 << 20;
/** Modules as the serializer writes them. */
const OPENING =
  /^(?:op_version_set\s*=|class \w{1,200}\((?:Module|NamedTuple|Enum|Interface)\):|def \w{1,200}\([^)]{0,2000}__torch__\.)/m;
const CALL = /(?<![\w.])(torch|ops)\.([\w.]{1,200})\s{0,20}\(/g;
/** A function of Python that was left in: only the program that wrote it has it. */
const PYTHON = /(?<![\w)\]"' ])\s*\^(\w{1,200})\(/;

export const TORCHSCRIPT_CODE: Format = {
  id: 'torchscript-code',
  match: ({ text, extension }) => (extension === '.py' && OPENING.test(text) ? 'sure' : false),
  scan(source, look) {
    const text = Buffer.from(readHead(source, MOST)).toString('utf8');
    look.budget.step(text.length >> 4);
    const { acts, namespaces } = torchscriptList();
    const told = new Set<string>();
    for (const { 1: root, 2: path = '', index } of text.matchAll(CALL)) {
      look.budget.step();
      const [space = '', ...rest] = root === 'ops' ? path.split('.') : ['aten', ...path.split('.')];
      const name = rest.join('.');
      if (told.has(`${space}.${name}`)) continue;
      told.add(`${space}.${name}`);
      const found = acts.get(name) ?? acts.get(rest[0] ?? '');
      if (found !== undefined && ['aten', 'prim'].includes(space)) {
        const { capability, why } = found;
        look.report('torchscript.call', { message: `calls ${root}.${path}, which ${why}`, capability, offset: index });
      } else if (!namespaces.has(space)) {
        look.report('torchscript.custom', {
          message: `calls ${root}.${path}, an operation of another library`,
          capability: 'native',
          offset: index,
        });
      }
    }
    const left = PYTHON.exec(text);
    if (left !== null) {
      look.report('torchscript.custom', {
        message: `calls ${left[1]}, a function of Python of the program that wrote it`,
        capability: 'execute',
        offset: left.index,
      });
    }
    look.as(python, source);
  },
};
