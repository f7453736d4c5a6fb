// YAML that takes its library minutes is told as not read, in a moment.
import { expect, it } from 'vitest';
import { scanText } from '../testing/workspace.ts';

it.each([
  ['keys within keys', `dependencies:\n  ${'? '.repeat(400)}`],
  [
    'keys within keys, line by line',
    `dependencies:\n${Array.from({ length: 190 }, (_, at) => ` ${' '.repeat(at)}a: ?\n`).join('')}`,
  ],
  ['a list as a key', 'dependencies: [numpy]\n? [a, b]\n: 1\n'],
])('does not read %s', (_, text) => {
  const before = process.cpuUsage();
  const { unseen } = scanText('environment.yaml', text);
  const { user } = process.cpuUsage(before);
  expect(unseen.map(({ reason }) => reason)).toEqual(['a document has lists or maps as keys']);
  expect(user / 1e6).toBeLessThan(5);
});
