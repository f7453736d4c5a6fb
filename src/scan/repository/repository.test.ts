import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Scan } from '../scan-paths.ts';
import { shippedScanner } from '../shipped.ts';
import { examineRepository } from './examine.ts';

const { rules } = shippedScanner();

/** `rule file: message` of a folder with these files. */
const found = (files: Readonly<Record<string, string | object>>): string[] => {
  const contents = new Map(
    Object.entries(files).map(([path, content]) => [
      path,
      Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
    ]),
  );
  const listing = [...contents].map(([path, { length }]) => ({ path, size: length }));
  const read = (path: string, most: number): Uint8Array | undefined => contents.get(path)?.subarray(0, most);
  return examineRepository({ files: listing, read }, rules).map(
    ({ path, finding }) => `${finding.severity} ${finding.rule} ${path}`,
  );
};
const CONFIG = { model_type: 'llama', architectures: ['LlamaForCausalLM'] };

it('says nothing of a plain repository, nor of a folder that is none', () => {
  expect(
    found({
      'config.json': CONFIG,
      'model.safetensors.index.json': { weight_map: { a: 'model-1.safetensors', b: 'model-1.safetensors' } },
      'model-1.safetensors': 'x',
      'tokenizer_config.json': { tokenizer_class: 'X', chat_template: '{{ a }}' },
      'README.md': 'x',
    }),
  ).toEqual([]);
  expect(found({ 'config.json': { port: 80 }, 'torch.py': '', 'a.txt': '', 'A.txt': '' })).toEqual([]);
});

it('tells code that runs with trust_remote_code: there, or not', () => {
  const config = {
    ...CONFIG,
    auto_map: { AutoModel: 'modeling_x.X', AutoTokenizer: ['tok.T', null], AutoConfig: 'other/repo--conf.C' },
  };
  expect(found({ 'config.json': config, 'modeling_x.py': '' })).toEqual([
    'info repository.remote-code config.json',
    'low repository.missing-code config.json',
  ]);
  const modules = [{ idx: 0, name: '0', path: '', type: 'custom_st.Transformer' }];
  expect(found({ 'modules.json': modules, 'custom_st.py': '' })).toEqual(['info repository.remote-code modules.json']);
});

it('tells weights that are not there, and pickles that nobody needs', () => {
  const index = { weight_map: { a: 'gone.safetensors', b: 'model.safetensors' } };
  expect(
    found({ 'config.json': CONFIG, 'x.index.json': index, 'model.safetensors': '', 'pytorch_model.bin': '' }),
  ).toEqual(['low repository.missing-weights x.index.json', 'info repository.pickle-twin pytorch_model.bin']);
});

it('tells files that take the place of others', () => {
  const tokenizer = { tokenizer_class: 'X', chat_template: '{{ a }}' };
  expect(
    found({ 'config.json': CONFIG, 'tokenizer_config.json': tokenizer, 'chat_template.jinja': '{{ b }}' }),
  ).toEqual(['low repository.two-templates chat_template.jinja']);
  expect(found({ 'config.json': CONFIG, 'Config.json': CONFIG })).toEqual(['medium repository.twin Config.json']);
  expect(found({ 'config.json': CONFIG, 'torch.py': '' })).toEqual(['medium repository.shadow torch.py']);
});

const folder = mkdtempSync(join(tmpdir(), 'ancile-repository-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('is a report of its own in a scan of folders, where there is something to say', () => {
  for (const name of ['plain', 'odd']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'plain', 'config.json'), JSON.stringify(CONFIG));
  writeFileSync(join(folder, 'odd', 'config.json'), JSON.stringify(CONFIG));
  writeFileSync(join(folder, 'odd', 'numpy.py'), '');
  const scan = new Scan(shippedScanner(), { now: 0 });
  const reports = [...scan.run([folder])].filter(({ format }) => format === 'repository');
  expect(reports.map(({ path, verdict }) => [path, verdict])).toEqual([[join(folder, 'odd'), 'suspicious']]);
  expect(reports[0]!.findings[0]).toMatchObject({ rule: 'repository.shadow', member: 'numpy.py' });
});
