// What a second opinion does to the findings of the text that it was asked about.
import type { Finding, SecondKind, Segment } from '../../contract/index.ts';
import { countsAsInjection, injectionScore, severityOf, techniquesBy } from '../../detect/index.ts';

/** What is added where the opinion alone sees an attack. */
export const SECOND_RULES = ['injection.second'] as const;

/** From here on a score says attack. */
const ATTACK = 0.5;
/** Nothing is certain. */
const MOST = 0.99;

/** An answer, and the stretch of the text that it is about. */
export interface Ruled {
  readonly by: SecondKind;
  readonly score: number;
  readonly start: number;
  readonly end: number;
}

type Span = Pick<Finding, 'start' | 'end'>;

const overlap = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;

/** Whether a finding says of its text that it is an attack, and not only how it is written. */
export const saysAttack = (finding: Finding): boolean => countsAsInjection(finding) && finding.class !== 'obfuscation';

/** The finding that says the most that its text is an attack. */
export function surestOf(findings: readonly Finding[]): Finding | undefined {
  return findings
    .filter(saysAttack)
    .reduce<Finding | undefined>((a, b) => (a === undefined || b.score > a.score ? b : a), undefined);
}

function move(finding: Finding, score: number, said: Ruled): Finding {
  const severity = score >= ATTACK ? severer(finding.severity, severityOf(score)) : 'info';
  const told = `${said.by} says ${said.score.toFixed(2)}, before ${finding.score.toFixed(2)}.`;
  return {
    ...finding,
    score,
    severity,
    evidence: `${finding.evidence} Second opinion: ${told}`,
    opinion: { by: said.by, score: said.score, before: finding.score },
  };
}

const ORDER: readonly Finding['severity'][] = ['info', 'low', 'medium', 'high', 'critical'];
const severer = (a: Finding['severity'], b: Finding['severity']): Finding['severity'] =>
  ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b;

function unseen({ path, channel }: Segment, said: Ruled): Finding {
  return {
    detector: 'second',
    rule: SECOND_RULES[0],
    class: 'injection',
    severity: severityOf(said.score),
    score: said.score,
    start: said.start,
    end: said.end,
    evidence: `Second opinion: ${said.by} says ${said.score.toFixed(2)} of what no detector found.`,
    techniques: techniquesBy(channel, ['AML.T0051', 'LLM01:2025']),
    segment: path,
    channel,
    opinion: { by: said.by, score: said.score, before: 0 },
  };
}

/**
 * The findings of a text as an opinion leaves them.
 * - It says attack (0.5 and more): the surest finding that says so takes its score; where there is none, one is added.
 * - It says none: the scores of those findings are moved in proportion, so that joined they say what it says (the doubt of
 *   each, `1 - score`, is raised to one power). A finding on disguised, hidden or encoded words stays: what was shown is
 *   not what they come to once they are decoded.
 *
 * Findings outside the stretch that was shown, and of other classes, stay as they are.
 */
export function moveScores(segment: Segment, findings: readonly Finding[], ruled: Ruled): Finding[] {
  const said = { ...ruled, score: Math.min(ruled.score, MOST) };
  const shown = findings.filter((finding) => saysAttack(finding) && overlap(finding, said));
  if (said.score >= ATTACK) {
    const surest = surestOf(shown);
    if (surest === undefined) return [...findings, unseen(segment, said)];
    return findings.map((finding) => (finding === surest ? move(finding, said.score, said) : finding));
  }
  const disguises = findings.filter((finding) => finding.class === 'obfuscation');
  const movable = new Set(shown.filter((finding) => !disguises.some((each) => overlap(each, finding))));
  const joined = injectionScore([...movable]);
  if (joined === 0) return [...findings];
  const power = Math.log(1 - said.score) / Math.log(1 - joined);
  return findings.map((finding) =>
    movable.has(finding) ? move(finding, 1 - (1 - finding.score) ** power, said) : finding,
  );
}
