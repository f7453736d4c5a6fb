import { expect, it } from 'vitest';
import { KnownTools } from './look-alikes.ts';

const compare = (a: string, b: string, sameServer = false): string | undefined =>
  new KnownTools([{ server: sameServer ? 'one' : 'two', name: b }]).like({ server: 'one', name: a })?.how;

it('knows names that are the same, and names that read the same', () => {
  expect(compare('read_file', 'read_file')).toBe('same');
  expect(compare('read_file', 'read_file', true)).toBeUndefined();
  // A Cyrillic a, another separator, another case, a letter more, two turned around.
  for (const other of ['reаd_file', 'read-file', 'ReadFile', 'read_fille', 'raed_file']) {
    expect(compare('read_file', other), other).toBe('look_alike');
  }
  expect(compare('read_file', 'reаd_file', true)).toBe('look_alike');
});

it('leaves alone what honest servers call their tools', () => {
  const pairs = [
    ['get_user', 'set_user'],
    ['list_file', 'list_files'],
    ['search_v1', 'search_v2'],
    ['read_file', 'write_file'],
    ['create_issue', 'create_pull_request'],
  ] as const;
  for (const [a, b] of pairs) expect(compare(a, b), `${a} ${b}`).toBeUndefined();
});
