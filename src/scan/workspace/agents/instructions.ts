// Texts that instruct agents (AGENTS.md, CLAUDE.md, rules of editors, skills): what they hide, and what they should not say.
import { z } from 'zod';
import { Severity } from '../../../contract/index.ts';
import type { Format, Look } from '../../format.ts';
import { shippedList } from '../../lists.ts';
import { judgeCommand } from '../command.ts';
import { reportSecrets } from '../secrets.ts';
import { isText, lineIndex, readText } from '../text.ts';

const Patterns = z
  .strictObject({
    patterns: z.array(z.strictObject({ id: z.string(), pattern: z.string(), says: z.string(), severity: Severity })),
  })
  .transform(({ patterns }) => patterns.map((each) => ({ ...each, pattern: new RegExp(each.pattern, 'gi') })));
const patterns = shippedList('agent-text.yaml', Patterns);

/** The patterns that are known, for the test that holds each against its fixtures. */
export const instructionIds = (): string[] => patterns().map(({ id }) => id);

const NAMES =
  /^(?:agents|claude(?:\.local)?|gemini|qwen|copilot-instructions|skill|system[-_]prompt|conventions)\.(?:md|txt)$|^\.(?:cursorrules|windsurfrules|clinerules|goosehints|roorules|aiderrules)|\.(?:mdc|prompt\.md|chatmode\.md|instructions\.md|agent\.md)$/;

/** Letters of the tag block, which show nothing and spell ASCII; two are no accident. */
const TAGS = /[\u{e0020}-\u{e007e}]{2,}/gu;
/** The end of a flag of a region (England, Scotland, Wales) is spelled in tags as well. */
const FLAG = /\u{1f3f4}[\u{e0020}-\u{e007e}]{2,7}\u{e007f}/gu;
const ZERO_WIDTH = /[\u200b\u200c\u2060-\u2064\u180e\u00ad\ufeff]{4,}/g;
/** Variation selectors in a row carry bytes. */
const SELECTORS = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]{4,}/gu;
const TURNED = /[\u202a-\u202e\u2066-\u2069]/g;

/** Invisible text. */
export function reportHidden(text: string, look: Look, lineOf: (offset: number) => number): void {
  // Each letter of a flag is replaced by one that means nothing here, so that places stay.
  const plain = text.replace(FLAG, (flag) => '.'.repeat(flag.length));
  for (const [what, pattern] of [
    ['letters that cannot be seen', TAGS],
    ['a row of characters without width', ZERO_WIDTH],
    ['bytes in variation selectors', SELECTORS],
  ] as const) {
    for (const match of plain.matchAll(pattern)) {
      const spelled =
        pattern === TAGS
          ? [...match[0]].map((char) => String.fromCodePoint(char.codePointAt(0)! - 0xe0000)).join('')
          : '';
      const message = `holds ${what}${spelled === '' ? '' : `: "${spelled.slice(0, 120)}"`}`;
      look.report('agent.hidden-text', { message, line: lineOf(match.index) });
    }
  }
  for (const match of text.matchAll(TURNED)) {
    look.report('agent.hidden-text', {
      severity: 'medium',
      message: 'turns the direction of text around',
      line: lineOf(match.index),
    });
  }
}

/** An order that turns an agent against its user, and where it stands. */
export interface HostileOrder {
  readonly says: string;
  readonly severity: Severity;
  readonly start: number;
  readonly end: number;
}

/** A rule that forbids it says the same words: "never send keys to …". */
const FORBIDS =
  /\b(?:never|not|don't|avoid|refuse to|attempts? to|tries to|trying to|asks? (?:you|it) to|such as|e\.g\.|if .{0,40}(?:says|asks))\W{0,3}(?:\w+\W{1,3}){0,2}$/i;

/** Orders that turn an agent against its user, in any text that it reads. */
export function findOrders(text: string): HostileOrder[] {
  const even = text
    .replace(/[^\S\n]/g, ' ')
    .replace(/\n/g, ' ')
    .replaceAll('’', "'");
  return patterns().flatMap(({ pattern, says, severity }) =>
    [...even.matchAll(pattern)]
      .filter(({ index }) => !FORBIDS.test(even.slice(Math.max(0, index - 60), index)))
      .map(({ index, 0: { length } }) => ({ says, severity, start: index, end: index + length })),
  );
}

export function reportOrders(text: string, look: Look, lineOf: (offset: number) => number): void {
  look.budget.step(1 + (text.length >> 6));
  for (const { says, severity, start, end } of findOrders(text)) {
    look.report('agent.instruction-attack', {
      severity,
      message: says,
      line: lineOf(start),
      evidence: text.slice(start, end).replace(/\s/g, ' '),
    });
  }
}

export const agentInstructions: Format = {
  id: 'agent-instructions',
  match: ({ head, name }) => (NAMES.test(name) && isText(head) ? 'likely' : false),
  scan(source, look) {
    const text = readText(source, look, 1 << 20);
    const lineOf = lineIndex(text);
    reportHidden(text, look, lineOf);
    reportOrders(text, look, lineOf);
    text.split('\n').forEach((line, at) => {
      if (!/\b(?:curl|wget|base64|nc|powershell|rm)\b/.test(line)) return;
      const found = judgeCommand(line, 'build');
      if (found === undefined || found.severity === 'low' || found.severity === 'info') return;
      const message = `shows an agent a command that ${found.says}: ${line.trim().slice(0, 200)}`;
      const severity = found.severity === 'critical' ? 'high' : 'medium';
      look.report('agent.hostile-command', { severity, message, line: at + 1 });
    });
    reportSecrets(text, look);
    look.asset('prompt', look.name, 'instructions to an agent');
  },
};
