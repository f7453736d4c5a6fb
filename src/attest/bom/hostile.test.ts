// Models made to harm whoever reads them: bounded, told as not read, and shown escaped. Every document stays valid.
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCyclonedx } from './cyclonedx.ts';
import type { ModelFacts } from './facts.ts';
import { gatherFacts } from './gather.ts';
import { toSpdx } from './spdx.ts';
import { classifier, type Files, gguf, keras, onnx, repository } from './testing/repository.ts';
import { expectValid } from './testing/valid.ts';

const OPTIONS = { toolVersion: '1', timestamp: '2026-01-31T12:00:00.000Z' };

/** Facts of hostile files, whose documents are valid all the same. */
async function gather(files: Files | string): Promise<ModelFacts> {
  const facts = gatherFacts(typeof files === 'string' ? files : repository(files));
  await expectValid(toCyclonedx(facts, OPTIONS));
  expect(toSpdx(facts, OPTIONS)).toBeDefined();
  return facts;
}

const cpu = (run: () => unknown): number => {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};

describe('a card', () => {
  it('of 100 MB is read at its beginning', async () => {
    const root = repository({ 'README.md': '---\nlicense: mit\n---\n# Model\n' });
    truncateSync(join(root, 'README.md'), 100 << 20);
    const facts = await gather(root);
    expect(facts.licences).toMatchObject([{ id: 'MIT' }]);
    expect(facts.unread).toEqual([{ path: 'README.md', reason: 'only the first 1024 KB of the text were read' }]);
  });

  it('with aliases that expand without end states nothing', async () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (let at = 1; at < 12; at++) {
      const [name, before] = [String.fromCharCode(97 + at), String.fromCharCode(96 + at)];
      lines.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`);
    }
    const facts = await gather({ 'README.md': `---\n${lines.join('\n')}\nlicense: mit\ntags: *l\n---\n` });
    expect(facts.licences).toEqual([]);
    expect(facts.unread[0]?.reason).toContain('aliases');
  });

  it('nested deep, broken or endless is told as not read', async () => {
    const deep = await gather({ 'README.md': `---\nlicense: ${'['.repeat(50_000)}\n---\n` });
    expect(deep.unread[0]?.reason).toContain('too deep');
    const broken = await gather({ 'README.md': '---\nlicense: "mit\n---\n' });
    expect(broken.unread[0]?.reason).toContain('YAML');
    const long = await gather({ 'README.md': `---\n${'x: y\n'.repeat(60_000)}---\n` });
    expect(long.unread[0]?.reason).toContain('256 KB');
    const keys = await gather({ 'README.md': `---\n${'? '.repeat(100_000)}\n---\n` });
    expect(keys.unread.map(({ reason }) => reason)).toContain('a document has lists or maps as keys');
    const open = await gather({ 'README.md': '---\nlicense: mit\n' });
    expect(open.licences).toEqual([]);
  });

  it('that is all comments, fences, headings or emphasis takes no time', () => {
    for (const piece of ['<!--', '```\n', '# a\n', '- **', '\n \n', '[](', '*'.repeat(50), '---\n', 'https://']) {
      const root = repository({ 'README.md': `# Model\n${piece.repeat(Math.ceil((1 << 20) / piece.length))}` });
      expect(
        cpu(() => gatherFacts(root)),
        JSON.stringify(piece),
      ).toBeLessThan(5);
    }
  });

  it('with control characters, overrides and markup is shown escaped', async () => {
    const evil = '\u001b[2J\u202e<script>alert(1)</script>';
    const yaml = JSON.stringify(`x${evil}`);
    const front = `model_name: ${yaml}\nlicense: ${yaml}\nbase_model: ${yaml}\ndatasets: [${yaml}]\ntags: [${yaml}]`;
    const facts = await gather({ 'README.md': `---\n${front}\n---\n`, [`a${evil.replace('/', '')}.bin`]: 'x' });
    expect(facts.single.name?.value).toBe('x\\x1b[2J\\u{202e}<script>alert(1)</script>');
    expect(facts.baseModels[0]).not.toHaveProperty('purl');
    expect(facts.files.find(({ path }) => path.endsWith('.bin'))?.path).toContain('\\x1b');
  });

  it('with addresses that are none, or lead to a program, gives no reference', async () => {
    const links = [
      'javascript:alert(1)',
      'file:///etc/passwd',
      'https://',
      'http://[',
      `https://a/${'x'.repeat(9000)}`,
    ];
    for (const link of links) {
      const facts = await gather({
        'README.md': `---\nlicense: other\nlicense_link: ${JSON.stringify(link)}\n---\n- **Repository:** ${link}\n`,
      });
      expect(facts.references.length, link.slice(0, 40)).toBe(0);
    }
    const secret = await gather({ 'README.md': '# M\n\n- **Repository:** https://user:hunter2@git.example/x\n' });
    expect(secret.references).toMatchObject([{ url: 'https://git.example/x' }]);
  });
});

describe('other files', () => {
  it('hold JSON nested without end, with members of any name', async () => {
    const deep = await gather({ 'config.json': `{"a":${'['.repeat(100_000)}` });
    expect(deep.unread[0]?.reason).toContain('nested');
    const odd = await gather({
      'config.json': '{"__proto__": {"model_type": "x"}, "constructor": 1, "architectures": [["a"], {}, 1]}',
    });
    expect(odd.single.architectureFamily).toBeUndefined();
    const list = await gather({
      'config.json': '[1]',
      'adapter_config.json': 'null',
      'trainer_state.json': '"x"',
      MLmodel: '- 1',
    });
    expect(list.properties).toEqual([]);
  });

  it('claim more than they hold', async () => {
    const shapes = [[2 ** 40, 2 ** 40], Array<number>(5000).fill(2 ** 50), [-1], ['x']];
    for (const shape of shapes) {
      const text = Buffer.from(JSON.stringify({ a: { dtype: 'F32', shape, data_offsets: [0, 0] } }));
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(text.length));
      const facts = await gather({ 'm.safetensors': Buffer.concat([length, text]) });
      expect(facts.properties.find(({ name, value }) => name === 'ancile:parameters' && value !== '0')).toBeUndefined();
    }
    const claims = await gather({
      'm.safetensors': Buffer.alloc(16, 255),
      'm.gguf': Buffer.concat([Buffer.from('GGUF'), Buffer.from([3, 0, 0, 0]), Buffer.alloc(16, 127)]),
    });
    expect(claims.unread.map(({ path }) => path).sort()).toEqual(['m.gguf', 'm.safetensors']);
    const huge = await gather({ 'm.gguf': gguf({}, [4]).fill(255, 49, 57) });
    expect(huge.properties).toEqual([]);
  });

  it('are many', async () => {
    const many = await gather({
      'README.md': `---\ndatasets: [${Array.from({ length: 1500 }, (_, at) => `d${at}`).join(', ')}]\n---\n`,
      'requirements.txt': Array.from({ length: 1500 }, (_, at) => `lib${at}==1.0\n`).join(''),
    });
    expect(many.datasets.length).toBe(1000);
    expect(many.libraries.length).toBe(1000);
    const code = await gather(Object.fromEntries(Array.from({ length: 220 }, (_, at) => [`m${at}.py`, 'import os\n'])));
    expect(code.unread).toEqual([{ path: '.', reason: 'only the first 200 files of code were read' }]);
  });
});

it('reads files that were damaged anywhere without a fault of its own', async () => {
  const whole: Files = {
    ...classifier(),
    'm.gguf': gguf({ 'general.name': 'G', 'general.tags': ['a', 'b'], 'llama.block_count': 3 }, [8, 8]),
    'm.onnx': onnx(),
    'm.keras': keras(),
    MLmodel: 'flavors: { a: { a_version: 1 } }\nsignature: { inputs: \'[{"name": "x", "type": "long"}]\' }\n',
  };
  const root = repository(whole);
  const damage = fc.array(fc.tuple(fc.nat(5000), fc.nat(255)), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(whole)), damage, fc.boolean(), async (name, places, cut) => {
      const bytes = Buffer.from(whole[name] as Uint8Array);
      for (const [at, value] of places) bytes[at % bytes.length] = value;
      writeFileSync(join(root, name), cut ? bytes.subarray(0, places[0]![0] % bytes.length) : bytes);
      const facts = gatherFacts(root);
      writeFileSync(join(root, name), whole[name]!);
      await expectValid(toCyclonedx(facts, OPTIONS));
      expect(facts.unread.filter(({ reason }) => reason.includes('fault of Ancile'))).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
