// What the console shows of detectors and rules, against the detectors' own sources.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { parseConfig } from '../config/index.ts';
import { DETECTOR_IDS, DetectorView } from '../contract/index.ts';
import { CODE_RULES, unknownDisabledRules, viewDetectors } from './detector-views.ts';

const loadedOf = (yaml: string) => ({ config: parseConfig(yaml, 'test'), file: undefined, dir: process.cwd() });

it('shows every detector, the rules that are data, and what is switched off', () => {
  const views = viewDetectors(loadedOf('detect: { detectors: [attack, pii], disabled: [secret.aws_access_key] }'));
  expect(views.map((view) => view.id)).toEqual([...DETECTOR_IDS]);
  for (const view of views) expect(DetectorView.parse(view)).toEqual(view);
  expect(views.filter((view) => view.enabled).map((view) => view.id)).toEqual(['attack', 'pii']);
  const secrets = views.find((view) => view.id === 'secrets')!;
  expect(secrets.rules.length).toBeGreaterThan(50);
  expect(secrets.rules.filter((rule) => rule.disabled).map((rule) => rule.id)).toEqual(['secret.aws_access_key']);
  expect(views.find((view) => view.id === 'attack')!.rules.length).toBeGreaterThan(20);
});

it('knows every rule that stands in the code of a detector', () => {
  const folder = resolve(import.meta.dirname, '../detect');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('test'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const classes = 'pii|prompt_leak|exfiltration|active_content|obfuscation|schema|ungrounded|refusal|model_error';
  const written = [
    ...[...sources.matchAll(new RegExp(`'((?:${classes})\\.[a-z_]+)'`, 'g'))].map((match) => match[1]!),
    ...[...sources.matchAll(/toFinding\('(\w+)', '(\w+)'/g)].map((match) => `${match[1]}.${match[2]}`),
  ];
  const known = Object.values(CODE_RULES).flat();
  expect(written.length).toBeGreaterThan(30);
  expect(written.filter((rule) => !known.includes(rule))).toEqual([]);
});

it('names what is disabled and is no rule', () => {
  const disabled = ['pii.card', 'pii.cards', 'secret.aws_access_key', 'injection.none'];
  expect(unknownDisabledRules(loadedOf(JSON.stringify({ detect: { disabled } })))).toEqual([
    'pii.cards',
    'injection.none',
  ]);
});
