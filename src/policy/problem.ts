// What is wrong with a policy set, where, and what to do: collected so that one check shows everything.
import { AncileError } from '../base/index.ts';

/** One thing wrong with a policy set. An error refuses the set; a warning is shown by the check. */
export interface PolicyProblem {
  readonly severity: 'error' | 'warning';
  /** `file:line:column`, or the file alone where the fault is in no one place. */
  readonly at: string;
  readonly policy?: string;
  readonly message: string;
  /** What to do next, one sentence. */
  readonly hint?: string;
}

/** `file:line:column` of an offset in UTF-16 code units; lines and columns count from 1. */
export function placeOf(file: string, text: string, offset: number): string {
  const before = text.slice(0, Math.max(0, offset));
  const line = before.split('\n').length;
  return `${file}:${line}:${before.length - before.lastIndexOf('\n')}`;
}

/** The offset in UTF-16 code units of an offset in UTF-8 bytes, which is what Cedar counts in. */
export function fromByteOffset(text: string, bytes: number): number {
  let seen = 0;
  for (let at = 0; at < text.length;) {
    if (seen >= bytes) return at;
    const point = text.codePointAt(at)!;
    seen += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    at += point < 0x10000 ? 1 : 2;
  }
  return text.length;
}

/** The coded error of the first of `problems` that refuses the set, saying how many more there are. */
export function toPolicyError(problems: readonly PolicyProblem[]): AncileError | undefined {
  const errors = problems.filter((problem) => problem.severity === 'error');
  const first = errors[0];
  if (first === undefined) return undefined;
  const subject = first.policy === undefined ? '' : `policy "${first.policy}": `;
  const rest = errors.length === 1 ? '' : ` (and ${errors.length - 1} more; \`ancile policy check\` lists them)`;
  return new AncileError('policy_invalid', `${subject}${first.message}${rest}`, {
    at: first.at,
    hint: first.hint ?? 'Correct the policy set and run `ancile policy check` on its folder.',
  });
}
