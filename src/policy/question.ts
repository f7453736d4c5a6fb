// The canonical form of a question: as a cache key that no two different questions share, and as Cedar's request.
import type { CedarValueJson, EntityJson } from '@cedar-policy/cedar-wasm/nodejs';
import {
  Capability,
  Channel,
  Direction,
  FindingClass,
  FlowConcern,
  FlowMode,
  type Principal,
  ScanVerdict,
  Severity,
  SignatureState,
  Surface,
  ToolEffect,
  Uninspected,
} from '../contract/index.ts';
import type { CedarRequest } from './engine.ts';
import type {
  ArtifactQuestion,
  ArtifactSubject,
  ExchangeQuestion,
  FindingQuestion,
  FindingSketch,
  Subject,
  ToolCallQuestion,
  ToolSubject,
} from './ruling.ts';

const SCORE_STEPS = 20;
/** Width of a score bucket as policies see scores, 0..1000. */
export const SCORE_STEP = 1000 / SCORE_STEPS;

/** Index of each name, so that a name fits a key as one small number and an unknown one is noticed. */
function indexOf(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name, index) => [name, index]));
}

const DIRECTION = indexOf(Direction.options);
const CHANNEL = indexOf(Channel.options);
const CLASS = indexOf(FindingClass.options);
const SEVERITY = indexOf(Severity.options);
const SURFACE = indexOf(Surface.options);
const UNINSPECTED = indexOf(Uninspected.options);
const CAPABILITY = indexOf(Capability.options);
const VERDICT = indexOf(ScanVerdict.options);
const SIGNATURE = indexOf(SignatureState.options);
const MODE = indexOf(FlowMode.options);
const EFFECT = indexOf(ToolEffect.options);
const CONCERN = indexOf(FlowConcern.options);

/** Rules shorter than this enter the key whole; the contract names them `class.name`. */
const MAX_NAME = 1000;

/** A free string with its length before it, so that no separator within can make two keys one. */
function part(text: string): string {
  if (text.length > MAX_NAME) throw new TypeError(`a name of ${text.length} characters`);
  const clean = text.isWellFormed() ? text : text.toWellFormed();
  return `${clean.length}:${clean}`;
}

function code(of: ReadonlyMap<string, number>, name: string): number {
  const index = of.get(name);
  if (index === undefined) throw new TypeError('a name that the contract does not have');
  return index;
}

/** A set of names as bits: the same for every order and repetition. */
function bits(of: ReadonlyMap<string, number>, names: readonly string[]): number {
  let mask = 0;
  for (const name of names) mask |= 1 << code(of, name);
  return mask;
}

/** 0..1 in steps of 0.05, rounded down, as 0..20. @throws TypeError for what is not a score. */
function scoreStep(score: number): number {
  if (!(score >= 0 && score <= 1)) throw new TypeError('a score outside 0..1');
  // The least addend that keeps 0.15 * 20 and the like from falling a step.
  return Math.floor(score * SCORE_STEPS + 1e-9);
}

/** Key of who asks. The principal takes part only where some policy can tell principals apart. */
export function subjectKey(subject: Subject, withPrincipal: boolean): string {
  const key = `${code(SURFACE, subject.surface)};${part(subject.route)}`;
  if (!withPrincipal) return key;
  const { id, name, kind, tenant } = subject.principal;
  return key + part(id) + part(name) + part(kind) + part(tenant);
}

/** @throws TypeError for a question outside the contract. */
export function findingKey(subject: string, question: FindingQuestion): string {
  const { direction, channel, severity, score, rule } = question;
  return `f${code(DIRECTION, direction)},${code(CHANNEL, channel)},${code(CLASS, question.class)},${code(SEVERITY, severity)},${scoreStep(score)},${part(rule)}${subject}`;
}

/** @throws TypeError for a question outside the contract. */
export function exchangeKey(subject: string, question: ExchangeQuestion): string {
  const { direction, stream, classes, uninspected, capabilities } = question;
  return `e${code(DIRECTION, direction)},${stream === true ? 1 : 0},${bits(CLASS, classes)},${bits(UNINSPECTED, uninspected)},${bits(CAPABILITY, capabilities)};${subject}`;
}

/** @throws TypeError for a sketch outside the contract. */
export function sketchKey(subject: string, direction: Direction, sketch: FindingSketch): string {
  return `s${code(DIRECTION, direction)},${code(CHANNEL, sketch.channel)},${code(CLASS, sketch.class)};${subject}`;
}

function cleanPrincipal({ id, name, kind, tenant }: Principal): Principal {
  return { id: id.toWellFormed(), name: name.toWellFormed(), kind, tenant: tenant.toWellFormed() };
}

/** Whoever asks about anything. */
export type AnySubject = Subject | ArtifactSubject | ToolSubject;

/** The subject as the engine gets to see it: it refuses lone surrogates. */
export function toWellFormed({ principal, route, surface }: Subject): Subject {
  return { principal: cleanPrincipal(principal), route: route.toWellFormed(), surface };
}

/** What is asked about, as the engine names it. */
export function toResource(subject: AnySubject): CedarRequest['resource'] {
  if ('tool' in subject) return { type: 'Tool', id: `${subject.server}/${subject.tool}`.toWellFormed() };
  if ('route' in subject) return { type: 'Route', id: subject.route.toWellFormed() };
  const { source, repo, revision } = subject;
  return { type: 'Model', id: `${source}:${repo}@${revision}`.toWellFormed() };
}

export function toFindingContext(subject: Subject, question: FindingQuestion): Record<string, CedarValueJson> {
  return {
    direction: question.direction,
    channel: question.channel,
    rule: question.rule.toWellFormed(),
    class: question.class,
    severity: code(SEVERITY, question.severity),
    severityName: question.severity,
    score: scoreStep(question.score) * SCORE_STEP,
    surface: subject.surface,
  };
}

export function toExchangeContext(subject: Subject, question: ExchangeQuestion): Record<string, CedarValueJson> {
  return {
    direction: question.direction,
    stream: question.stream === true,
    classes: [...new Set(question.classes)],
    uninspected: [...new Set(question.uninspected)],
    capabilities: [...new Set(question.capabilities)],
    surface: subject.surface,
  };
}

/** @throws TypeError for a question outside the contract. */
export function toArtifactContext(question: ArtifactQuestion): Record<string, CedarValueJson> {
  const { direction, verdict, formats, rules, severity, licence, signature, evidence, bytes, ageDays } = question;
  code(VERDICT, verdict);
  code(SIGNATURE, signature.state);
  return {
    direction,
    surface: 'registry',
    verdict,
    formats: [...new Set(formats)],
    rules: [...new Set(rules)].map((rule) => rule.toWellFormed()),
    severity: code(SEVERITY, severity),
    licence: licence.toWellFormed(),
    signature: signature.state,
    signer: (signature.signer ?? '').toWellFormed(),
    evidence: [...new Set(evidence)],
    megabytes: Math.ceil(bytes / 1e6),
    ageDays: Math.max(0, Math.floor(ageDays)),
  };
}

/** @throws TypeError for a question outside the contract. */
export function toToolCallContext(subject: ToolSubject, question: ToolCallQuestion): Record<string, CedarValueJson> {
  const { mode, effect, untrusted, concerns, origins } = question;
  code(MODE, mode);
  code(EFFECT, effect);
  for (const concern of concerns) code(CONCERN, concern);
  return {
    mode,
    effect,
    untrusted,
    private: question.private,
    refused: question.refused,
    concerns: [...new Set(concerns)],
    origins: [...new Set(origins)].map((origin) => origin.toWellFormed()),
    surface: subject.surface,
  };
}

function attributesOf(subject: AnySubject, id: string): EntityJson['attrs'] {
  if ('route' in subject) return { name: id };
  if ('tool' in subject) return { name: subject.tool.toWellFormed(), server: subject.server.toWellFormed() };
  return {
    name: `${subject.source}:${subject.repo}`.toWellFormed(),
    source: subject.source.toWellFormed(),
    repo: subject.repo.toWellFormed(),
    revision: subject.revision.toWellFormed(),
  };
}

/** Principal and resource with their attributes, as the schema has them. */
export function toEntities(subject: AnySubject): EntityJson[] {
  const principal = cleanPrincipal(subject.principal);
  const uid = toResource(subject);
  return [
    { uid: { type: 'Principal', id: principal.id }, attrs: { ...principal }, parents: [] },
    { uid, attrs: attributesOf(subject, uid.id), parents: [] },
  ];
}
