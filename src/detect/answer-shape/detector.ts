// Answers that are none: a refusal, an error message, nothing, something broken off or going round in circles.
import type { FindingClass, Severity, TextFinding } from '../../contract/index.ts';
import type { AnswerEnding, Detector } from '../detector.ts';
import { findErrorText } from './error-text.ts';
import { findRefusal } from './refusal.ts';
import { findLoop } from './repetition.ts';

/** Reasons by which the providers say that a limit ended the answer, and that the model or a filter declined. */
const CUT_OFF = new Set(['length', 'max_tokens', 'max_output_tokens', 'model_context_window_exceeded']);
const DECLINED = new Set([
  'content_filter',
  'refusal',
  'safety',
  'recitation',
  'blocklist',
  'prohibited_content',
  'spii',
  'image_safety',
]);
const BROKEN = new Set(['malformed_function_call', 'malformed_response', 'error']);

function toFinding(
  kind: FindingClass & ('refusal' | 'model_error'),
  rule: string,
  severity: Severity,
  score: number,
  span: { readonly start: number; readonly end: number },
  evidence: string,
): TextFinding {
  const { start, end } = span;
  return { rule: `${kind}.${rule}`, class: kind, severity, score, start, end, evidence, techniques: [] };
}

/** A text that begins a JSON value or a block of code and does not end it. */
function isCutOff(text: string): 'json' | 'code' | undefined {
  const first = text.trimStart()[0];
  const last = text.trimEnd().at(-1);
  if (first === '{' && last !== '}' && /^\s*\{\s*"/.test(text)) return 'json';
  if (!text.includes('```')) return undefined;
  return (text.match(/(?:^|\n)[ \t]{0,3}```/g)?.length ?? 0) % 2 === 1 ? 'code' : undefined;
}

/** Refusals in twenty languages, error messages, nothing, loops and cut ends in the place of an answer. */
export const answerShapeDetector: Detector = {
  id: 'answer_shape',
  version: '1',
  classes: ['refusal', 'model_error'],
  reach: Infinity,
  lookbehind: Infinity,
  usesContext: false,
  appliesTo: (channel, direction) => direction === 'output' && channel === 'output',
  inspect({ original: text }): readonly TextFinding[] {
    const whole = { start: 0, end: text.length };
    if (!/\S/.test(text)) {
      return [toFinding('model_error', 'blank', 'medium', 0.9, whole, `${text.length} blank characters`)];
    }
    const findings: TextFinding[] = [];
    const refusal = findRefusal(text);
    if (refusal !== undefined) {
      const { start, end, score } = refusal;
      findings.push(toFinding('refusal', 'words', 'info', score, { start, end }, 'declines in its first sentences'));
    }
    const error = findErrorText(text);
    if (error !== undefined) {
      findings.push(toFinding('model_error', error.rule, 'medium', error.score, whole, `an error ${error.rule}`));
    }
    const loop = findLoop(text);
    if (loop !== undefined) {
      const span = { start: loop.start, end: text.length };
      const evidence = `${loop.period} characters repeat to the end`;
      findings.push(toFinding('model_error', 'loop', 'medium', 0.8, span, evidence));
    }
    const cut = isCutOff(text);
    if (cut !== undefined) {
      findings.push(toFinding('model_error', 'cut_off', 'low', 0.5, whole, `${cut} that begins and does not end`));
    }
    return findings;
  },
  inspectEnding({ finishReasons, empty }: AnswerEnding): readonly TextFinding[] {
    const reasons = finishReasons.map((reason) => reason.toLowerCase());
    const nowhere = { start: 0, end: 0 };
    const findings: TextFinding[] = [];
    const has = (among: ReadonlySet<string>): boolean => reasons.some((reason) => among.has(reason));
    if (has(DECLINED)) {
      findings.push(toFinding('refusal', 'declared', 'info', 0.95, nowhere, 'the provider says that it declined'));
    }
    if (has(CUT_OFF)) {
      const evidence = 'the provider says that a limit ended it';
      findings.push(toFinding('model_error', 'cut_off', 'low', 0.9, nowhere, evidence));
    }
    if (has(BROKEN)) {
      const evidence = 'the provider says that the answer is broken';
      findings.push(toFinding('model_error', 'declared', 'medium', 0.9, nowhere, evidence));
    }
    if (empty && findings.length === 0) {
      findings.push(toFinding('model_error', 'empty', 'medium', 0.9, nowhere, 'neither text nor a tool call'));
    }
    return findings;
  },
};
