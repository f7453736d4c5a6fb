// The monitoring rules of a configuration: the shipped ones and the files that it names.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AncileError, systemCode } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import { type BookedRule, type MonitorFixture, type RuleSource, bookRules, parseFixtures } from '../monitor/index.ts';
import { shippedContent } from './content.ts';

const FIXTURES = '.fixtures.yaml';
const isRules = (name: string): boolean => /\.ya?ml$/.test(name) && !name.endsWith(FIXTURES);

const shippedFolder = (): string => shippedContent('rules/monitor');

function readAs<T>(path: string, read: (path: string) => T): T {
  try {
    return read(path);
  } catch (thrown) {
    throw new AncileError(
      'config_invalid',
      `monitor.rules: ${path} cannot be read (${systemCode(thrown) ?? 'unknown error'})`,
      {
        at: 'monitor.rules',
        hint: 'Name a YAML file with monitoring rules, or a folder of such.',
        cause: thrown,
      },
    );
  }
}

/** Files at a path that hold rules: itself, or those of a folder, by name. */
export function ruleFilesAt(path: string): string[] {
  if (!readAs(path, (at) => statSync(at)).isDirectory()) return [path];
  return readAs(path, (at) => readdirSync(at))
    .filter(isRules)
    .sort()
    .map((name) => join(path, name));
}

export function readRuleSource(path: string, shipped = false): RuleSource {
  return { text: readAs(path, (at) => readFileSync(at, 'utf8')), file: path, shipped };
}

/**
 * Every rule there is, with whether it is on.
 * @throws AncileError `rules_invalid`, `config_invalid`
 */
export function bookMonitorRules({ config, dir }: LoadedConfig): BookedRule[] {
  const shipped = ruleFilesAt(shippedFolder()).map((path) => readRuleSource(path, true));
  const own = config.monitor.rules
    .flatMap((path) => ruleFilesAt(resolve(dir, path)))
    .map((path) => readRuleSource(path));
  return bookRules([...shipped, ...own], config.monitor.disabled);
}

/** The fixtures beside the shipped rules. */
export function shippedFixtures(): MonitorFixture[] {
  return readdirSync(shippedFolder())
    .filter((name) => name.endsWith(FIXTURES))
    .flatMap((name) => parseFixtures(readFileSync(join(shippedFolder(), name), 'utf8'), name));
}
