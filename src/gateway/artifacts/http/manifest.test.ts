import { expect, it } from 'vitest';
import { AncileError } from '../../../base/index.ts';
import { parseManifest } from './manifest.ts';

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];

it('reads what sha256sum and the tools of BSD write', () => {
  const text = `# made today\n${A}  model.bin\r\n${B.toUpperCase()} *./sub/two words.txt\n\nSHA256 (c (1).txt) = ${A}\n`;
  expect([...parseManifest(text)]).toEqual([
    ['model.bin', A],
    ['sub/two words.txt', B],
    ['c (1).txt', A],
  ]);
});

it.each([
  'hello',
  `${A}  ../x`,
  `${A}  /x`,
  `${A}  C:/x`,
  `${A}  a\\nb`,
  `${A}  x\n${B}  x`,
  `${A.slice(1)}  x`,
  `${A} x`,
  '<html>not a manifest</html>',
])('refuses %j', (text) => expect(() => parseManifest(text)).toThrow(AncileError));
