// The lists of servers and of cloud resources, each entry held against what must be found and what must not.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { expect, it } from 'vitest';
import { rulesOf, scanText } from '../../testing/workspace.ts';

const content = (name: string): unknown =>
  parse(readFileSync(new URL(`../../../../content/scan/${name}.yaml`, import.meta.url), 'utf8'));

const servers = (content('servers') as { servers: { name: string; says: string }[] }).servers;
const fixtures = content('servers.fixtures') as { name: string; opens: string; passes: string }[];

it('has a fixture for every server, in their order', () => {
  expect(fixtures.map(({ name }) => name)).toEqual(servers.map(({ name }) => name));
});

it.each(fixtures.map((each, at) => ({ ...each, says: servers[at]!.says })))(
  'knows what opens $name: $opens',
  ({ opens, passes, says }) => {
    const told = (line: string): boolean =>
      scanText('.env', `a=1 ${line}\n`).findings.some(({ message }) => message.startsWith(`opens ${says}:`));
    expect(told(opens)).toBe(true);
    expect(told(passes)).toBe(false);
  },
);

interface Expectation {
  readonly attribute?: string;
  readonly block?: string;
  readonly is?: string | boolean;
  readonly isNot?: string | boolean;
  readonly there?: true;
  readonly absent?: 'bad';
  readonly rule: string;
  readonly says: string;
}
const { resources, together } = content('terraform') as {
  resources: { type: string; expect: Expectation[] }[];
  together: { when: string[]; needs: string; rule: string; says: string }[];
};

/** An attribute or block at its path, with a value. */
function write(path: string, value: string | undefined): string {
  const [first = '', ...rest] = path.split('.');
  if (rest.length > 0) return `${first} {\n${write(rest.join('.'), value)}}\n`;
  return value === undefined ? `${first} {\n}\n` : `${first} = ${value}\n`;
}
const literal = (value: string | boolean): string => (typeof value === 'string' ? `"${value}"` : String(value));

/** What must be found of an expectation, and what must not: made from what it says. */
function examples({ attribute, block, is, isNot, absent }: Expectation): { breaks: string[]; keeps: string[] } {
  if (block !== undefined) return { breaks: [''], keeps: [write(block, undefined)] };
  const path = attribute!;
  const computed = write(path, 'var.any');
  if (is !== undefined) {
    const other = typeof is === 'boolean' ? !is : 'Other';
    return {
      breaks: [write(path, literal(other)), ...(absent === 'bad' ? [''] : [])],
      keeps: [write(path, literal(is)), computed],
    };
  }
  if (isNot !== undefined) return { breaks: [write(path, literal(isNot))], keeps: [computed, ''] };
  return { breaks: [''], keeps: [computed] };
}

it.each(
  resources.flatMap(({ type, expect: list }) =>
    list.map((each) => ({ type, name: each.attribute ?? each.block, each })),
  ),
)('holds $type to its $name', ({ type, each }) => {
  const told = (body: string): boolean =>
    scanText('main.tf', `resource "${type}" "x" {\n${body}}\n`).findings.some(
      ({ rule, message }) => rule === each.rule && message === `${type}.x ${each.says}`,
    );
  const { breaks, keeps } = examples(each);
  const others = resources
    .find((resource) => resource.type === type)!
    .expect.filter((other) => other !== each && other.rule === each.rule && other.says === each.says);
  // Of two that say the same the other one must be kept, so that only this one can be told.
  const kept = others.map((other) => examples(other).keeps[0]!).join('');
  for (const body of breaks) expect(told(kept + body), body).toBe(true);
  for (const body of keeps) expect(told(kept + body), body).toBe(false);
});

it.each(together)('misses $needs beside what it belongs to', ({ when, needs, rule }) => {
  for (const type of when) {
    expect(rulesOf('main.tf', `resource "${type}" "x" {\n}\n`)).toContain(rule);
    const both = `resource "${type}" "x" {\n}\nresource "${needs}" "y" {\n}\n`;
    expect(scanText('main.tf', both).findings.filter((each) => each.line === undefined)).toEqual([]);
  }
});
