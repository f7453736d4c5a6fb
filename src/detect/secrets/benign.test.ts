// Everyday code, configuration, logs and prose: no secret rule finds anything in them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { plainView, testContext } from '../testing/plain-view.ts';
import { SECRETS_FOLDER, shippedSecrets } from '../testing/shipped-secrets.ts';
import { createSecretDetector } from './detector.ts';

const benign = z.array(z.string()).parse(parse(readFileSync(join(SECRETS_FOLDER, 'everyday.benign.yaml'), 'utf8')));
const detector = createSecretDetector(shippedSecrets());

it('has enough to look at', () => {
  expect(benign.length).toBeGreaterThan(30);
});

it.each(benign.map((text) => [text.split('\n')[0]!, text]))('finds nothing in: %s', (_first, text) => {
  const found = detector.inspect(plainView(text), testContext());
  expect(found.map((each) => `${each.rule}: ${text.slice(each.start, each.end)}`)).toEqual([]);
});
