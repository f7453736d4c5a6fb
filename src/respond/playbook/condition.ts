// The conditions of playbooks: comparisons of variables with texts, in the form of STIX patterning that CACAO names, joined by
// AND and OR.
import { AncileError } from '../../base/index.ts';

interface Comparison {
  readonly variable: string;
  readonly equal: boolean;
  readonly text: string;
}

/** Any of these has to hold, each with all of its comparisons. */
export type Condition = readonly (readonly Comparison[])[];

const COMPARISON = /^\s*(__[a-zA-Z_][a-zA-Z0-9_-]{0,199}__):value\s*(==|=|!=)\s*'((?:[^'\\]|\\['\\]){0,300})'/;
const JOINT = /^\s+(AND|OR)(?=\s)/;

/** @throws AncileError `request_invalid` */
export function parseCondition(text: string): Condition {
  const any: Comparison[][] = [[]];
  for (let rest = text; ;) {
    const found = COMPARISON.exec(rest);
    if (found === null) {
      throw new AncileError('request_invalid', "expected comparisons such as __principal__:value != ''", {
        at: 'condition',
        hint: 'They may be joined by AND and OR; nothing else is understood.',
      });
    }
    const [whole, variable, sign, quoted] = found;
    any.at(-1)!.push({ variable: variable!, equal: sign !== '!=', text: quoted!.replaceAll(/\\(['\\])/g, '$1') });
    rest = rest.slice(whole.length);
    if (rest.trim() === '') return any;
    const joint = JOINT.exec(rest);
    if (joint === null) {
      throw new AncileError('request_invalid', 'expected AND, OR or the end', { at: 'condition' });
    }
    if (joint[1] === 'OR') any.push([]);
    rest = rest.slice(joint[0].length);
  }
}

/** A variable that is not known is the empty text. */
export function holds(condition: Condition, variables: Readonly<Record<string, string>>): boolean {
  const valueOf = (name: string): string => (Object.hasOwn(variables, name) ? variables[name]! : '');
  return condition.some((all) => all.every(({ variable, equal, text }) => (valueOf(variable) === text) === equal));
}

export const variablesOf = (condition: Condition): string[] => condition.flat().map(({ variable }) => variable);
