// The manifest of a TorchServe archive: what it loads, and from where.
// Source: pytorch/serve model-archiver, MAR-INF/MANIFEST.json.
import { z } from 'zod';
import { AncileError } from '../../../base/index.ts';
import { parseJson } from '../../../codec/index.ts';
import type { Format } from '../../format.ts';
import { readHead } from '../../source.ts';
import { leadsOut } from '../archive/path-check.ts';

const MOST = 1 << 20;
const Manifest = z.looseObject({ model: z.record(z.string(), z.unknown()) });

export const MAR_MANIFEST: Format = {
  id: 'mar-manifest',
  match: ({ name, text }) =>
    name === 'manifest.json' && text.includes('"model"') && /"(handler|serializedFile|modelFile)"/.test(text)
      ? 'sure'
      : false,
  scan(source, look) {
    let content: unknown;
    try {
      content = parseJson(readHead(source, MOST), { what: 'the manifest' });
    } catch (thrown) {
      if (thrown instanceof AncileError) return look.unseen(`the manifest is no JSON: ${thrown.message}`);
      throw thrown;
    }
    const manifest = Manifest.safeParse(content);
    if (!manifest.success) return;
    for (const [key, value] of Object.entries(manifest.data.model)) {
      if (typeof value !== 'string') continue;
      for (const path of value.split(',')) {
        const why = leadsOut(path.replace(/:[\w]+$/, ''));
        if (why !== undefined)
          look.report('mar.path', { message: `${key} is ${path}: ${why}`, capability: 'file', evidence: path });
      }
    }
  },
};
