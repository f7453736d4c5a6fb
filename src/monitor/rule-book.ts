// The rules in force: the shipped ones, then those of the user's files, which may switch shipped ones off or tune them.
import { AncileError } from '../base/index.ts';
import { type MonitorRule, type Tuning, parseMonitorRules, tuneRule } from './rule.ts';

export interface RuleSource {
  readonly text: string;
  /** As errors name it. */
  readonly file: string;
  readonly shipped: boolean;
}

export interface BookedRule {
  readonly rule: MonitorRule;
  /** `shipped`, or the file. */
  readonly source: string;
  readonly state: 'on' | 'off' | 'tuned';
}

function unknownRule(id: string, at: string): AncileError {
  return new AncileError('rules_invalid', `there is no monitoring rule "${id.slice(0, 80)}"`, {
    at,
    hint: '`ancile monitor rules` lists those there are.',
  });
}

/**
 * Reads all sources.
 * @param disabled ids that are switched off by the configuration
 * @throws AncileError `rules_invalid`
 */
export function bookRules(sources: readonly RuleSource[], disabled: readonly string[]): BookedRule[] {
  const rules = new Map<string, { readonly rule: MonitorRule; readonly source: string }>();
  const tunings: { readonly id: string; readonly tuning: Tuning; readonly file: string }[] = [];
  for (const { text, file, shipped } of sources) {
    const parsed = parseMonitorRules(text, file);
    for (const rule of parsed.rules) {
      if (rules.has(rule.id)) {
        throw new AncileError('rules_invalid', `${file}: there is a rule "${rule.id}" already`, {
          at: `${file} rule ${rule.id}`,
          hint: 'Give it another id, or write a word on the shipped one under `tune`.',
        });
      }
      rules.set(rule.id, { rule, source: shipped ? 'shipped' : file });
    }
    for (const [id, tuning] of Object.entries(parsed.tune)) tunings.push({ id, tuning, file });
  }
  const off = new Set(disabled);
  for (const id of disabled) if (!rules.has(id)) throw unknownRule(id, 'monitor.disabled');
  const tuned = new Set<string>();
  for (const { id, tuning, file } of tunings) {
    const found = rules.get(id);
    if (found === undefined) throw unknownRule(id, `${file} tune.${id}`);
    const { enabled, ...bounds } = tuning;
    if (enabled === false) off.add(id);
    else if (enabled === true) off.delete(id);
    if (Object.keys(bounds).length === 0) continue;
    rules.set(id, { ...found, rule: tuneRule(found.rule, bounds) });
    tuned.add(id);
  }
  return [...rules.values()].map((each) => {
    const { id } = each.rule;
    return { ...each, state: off.has(id) ? 'off' : tuned.has(id) ? 'tuned' : 'on' };
  });
}
