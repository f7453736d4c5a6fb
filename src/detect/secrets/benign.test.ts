// Everyday code, configuration, logs and prose: no secret rule finds anything in them.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { plainView, testContext } from '../testing/plain-view.ts';
import { createSecretDetector } from './detector.ts';
import { parseSecretRules } from './rule.ts';

const folder = resolve(import.meta.dirname, '../../../content/rules');
const rules = parseSecretRules(readFileSync(resolve(folder, 'secrets.yaml'), 'utf8'), 'secrets.yaml');
const benign = z.array(z.string()).parse(parse(readFileSync(resolve(folder, 'secrets.benign.yaml'), 'utf8')));
const detector = createSecretDetector(rules);

it('has enough to look at', () => {
  expect(benign.length).toBeGreaterThan(30);
});

it.each(benign.map((text) => [text.split('\n')[0]!, text]))('finds nothing in: %s', (_first, text) => {
  const found = detector.inspect(plainView(text), testContext());
  expect(found.map((each) => `${each.rule}: ${text.slice(each.start, each.end)}`)).toEqual([]);
});
