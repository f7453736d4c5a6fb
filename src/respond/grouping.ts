// Whether a detection belongs to an incident that is there: the same one does it, or the same thing is done to the same thing.
import type { Detection, Incident, Involved } from '../contract/index.ts';

/** Who: one of these in common is enough. */
const WHO = ['principal', 'session'] as const;
/** What it is done to: one of these in common is enough where the technique or the rule is the same. */
const WHAT = ['tool', 'server', 'model'] as const;

function share(names: readonly (keyof Involved)[], one: Involved, other: Involved): boolean {
  return names.some((name) => one[name] !== undefined && one[name] === other[name]);
}

/** Nobody and nothing in particular: the whole installation. */
const isOfAll = (involved: Involved): boolean => Object.values(involved).every((value) => value === undefined);

export function belongsTo(detection: Pick<Detection, 'rule' | 'techniques' | 'involved'>, incident: Incident): boolean {
  const { involved } = detection;
  const alike =
    Object.hasOwn(incident.rules, detection.rule) ||
    detection.techniques.some((technique) => incident.techniques.includes(technique));
  if (isOfAll(involved)) return alike && incident.involved.some(isOfAll);
  return incident.involved.some((other) => share(WHO, involved, other) || (alike && share(WHAT, involved, other)));
}
