// The second stage at a request: which of its texts are asked about, what is shown of them, and what the answers make of
// the findings before policy rules on them.
import type { Finding, StageReport } from '../../contract/index.ts';
import { injectionScore } from '../../detect/index.ts';
import type { Gathered, InputReport, InputVerdict, JudgedText } from '../input.ts';
import { type Rewrite, redactText } from '../redact.ts';
import { moveScores, saysAttack, surestOf } from './move-scores.ts';
import type { OpinionAnswer } from './opinion.ts';
import type { Question, SecondStage } from './second-stage.ts';

export const SECOND_STAGE = 'detect.second';

/** Of a longer text this much is shown, around what was found in it. UTF-16 units. */
export const SHOWN_MOST = 40_000;

/** What the second stage made of a request. */
export interface Consulted {
  readonly gathered: Gathered;
  readonly reports: readonly InputReport[];
}

interface Uncertain {
  readonly text: JudgedText;
  readonly score: number;
  readonly start: number;
  readonly end: number;
}

/** The stretch that is shown: all of it, or what surrounds the surest finding, cut between characters. */
function stretchOf({ segment, findings }: JudgedText): { start: number; end: number } {
  const { text } = segment;
  if (text.length <= SHOWN_MOST) return { start: 0, end: text.length };
  const surest = surestOf(findings);
  const middle = surest === undefined ? 0 : (surest.start + Math.min(surest.end, surest.start + SHOWN_MOST)) / 2;
  let start = Math.min(Math.max(0, Math.floor(middle - SHOWN_MOST / 2)), text.length - SHOWN_MOST);
  let end = start + SHOWN_MOST;
  const isHalf = (at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xdc00;
  if (isHalf(start)) start++;
  if (isHalf(end)) end--;
  return { start, end };
}

/** What is shown of a text, with what policy redacts redacted. */
function show({ text, start, end }: Uncertain, rewrite: Rewrite | undefined): string {
  const stretch = text.segment.text.slice(start, end);
  const inside = (rewrite?.spans ?? [])
    .filter((span) => span.start < end && start < span.end)
    .map((span) => ({
      start: Math.max(span.start, start) - start,
      end: Math.min(span.end, end) - start,
      rule: 'policy',
      denied: false,
    }));
  return redactText(stretch, inside);
}

function reportOf(stage: SecondStage, answers: readonly OpinionAnswer[], partly: number): InputReport[] {
  const scores = answers.flatMap((each) => (each.status === 'ruled' ? [each.score] : []));
  const attacks = scores.filter((score) => score >= 0.5).length;
  const reports: InputReport[] = [];
  const tell = (report: Omit<StageReport, 'stage'>): void => {
    const { onFault } = stage.settings;
    reports.push({ report: { stage: SECOND_STAGE, ...report }, onFault });
  };
  if (scores.length > 0) {
    const detail = `${stage.kind}: ${scores.length} of ${answers.length} uncertain texts judged, ${attacks} an attack`;
    tell({ status: attacks > 0 ? 'found' : 'clean', detail });
  }
  const why = (status: 'skipped' | 'failed'): string[] => {
    const details = answers.flatMap((each) => (each.status === status ? [each.detail] : []));
    return details.length === 0 ? [] : [`${details.length} of ${answers.length}: ${[...new Set(details)].join('; ')}`];
  };
  const skipped = why('skipped');
  if (partly > 0) skipped.push(`${partly} judged in part: longer than ${SHOWN_MOST} characters`);
  if (skipped.length > 0) tell({ status: 'skipped', detail: skipped.join('; ') });
  for (const detail of why('failed')) tell({ status: 'failed', detail });
  return reports;
}

/**
 * Asks about the uncertain texts of a request.
 * @param ruleOn - what policy says of findings; asked once, of all but those that are in question. Where that denies the
 *   request nobody is asked, and what it redacts is redacted in what another machine is shown.
 */
export async function consultOnInput(
  stage: SecondStage,
  gathered: Gathered,
  ruleOn: (certain: Gathered) => InputVerdict,
): Promise<Consulted> {
  const texts = gathered.texts.filter(({ segment }) => stage.asks(segment.channel));
  stage.noteTexts(texts.length);
  const uncertain = texts.flatMap((text): Uncertain[] => {
    const score = injectionScore(text.findings);
    const surest = surestOf(text.findings)?.score ?? 0;
    return stage.isUncertain(text.segment.channel, score, surest) ? [{ text, score, ...stretchOf(text) }] : [];
  });
  if (uncertain.length === 0) return { gathered, reports: [] };

  const inQuestion = new Set(uncertain.map(({ text }) => text));
  const certain = gathered.texts.map((text) =>
    inQuestion.has(text) ? { ...text, findings: text.findings.filter((each) => !saysAttack(each)) } : text,
  );
  const before = ruleOn({ ...gathered, texts: certain });
  let answers: OpinionAnswer[];
  if (before.denied) answers = stage.skip(uncertain.length, 'denied without it');
  else {
    const rewrites = new Map(stage.isLocal ? [] : before.rewrites.map((each) => [each.path, each]));
    const questions = uncertain.map((each): Question => ({
      text: show(each, rewrites.get(each.text.segment.path)),
      channel: each.text.segment.channel,
      score: each.score,
    }));
    answers = await stage.consult(questions);
  }

  const { disabled = [] } = stage.settings;
  const moved = new Map<JudgedText, readonly Finding[]>();
  let partly = 0;
  uncertain.forEach(({ text, start, end }, i) => {
    const answer = answers[i]!;
    if (answer.status !== 'ruled') return;
    if (end - start < text.segment.text.length) partly++;
    const ruled = { by: stage.kind, score: answer.score, start, end };
    const findings = moveScores(text.segment, text.findings, ruled);
    moved.set(
      text,
      findings.filter(({ rule }) => !disabled.includes(rule)),
    );
  });
  const judged = gathered.texts.map((text) => ({ ...text, findings: moved.get(text) ?? text.findings }));
  return { gathered: { ...gathered, texts: judged }, reports: reportOf(stage, answers, partly) };
}
