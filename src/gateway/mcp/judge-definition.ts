// What policy says of a definition, and what of it an agent is shown.
import { replaceStrings } from '../../codec/index.ts';
import type { Finding } from '../../contract/index.ts';
import type { Subject } from '../../policy/index.ts';
import type { Definition } from './definitions.ts';
import { definitionSegments, inspectDefinition } from './inspect-definitions.ts';
import type { Json } from './json-rpc.ts';
import type { KnownTools } from './look-alikes.ts';
import type { CallParts } from './parts.ts';

export interface JudgedDefinition {
  readonly findings: readonly Finding[];
  /** Policy blocks it: no yes of a person to its pin lets it pass. */
  readonly blocked: boolean;
  /** Policy has no objection, and nothing to take out. */
  readonly harmless: boolean;
  /** As it is shown, with what policy redacts redacted. */
  readonly body: Json;
}

/** Judges all texts of a definition as what they are: words to a model by whoever wrote the server. */
export function judgeDefinition(
  { pipeline }: Pick<CallParts, 'pipeline'>,
  subject: Subject,
  definition: Definition,
  known: KnownTools,
): JudgedDefinition {
  const input = { segments: definitionSegments(definition), uninspected: [], capabilities: [], stream: false };
  const verdict = pipeline.judgeInput(subject, input, () => inspectDefinition(definition, subject.route, known));
  const { findings, decision, denied } = verdict;
  // A name is what it is called by: it is shown as it stands, or not at all.
  const rewrites = verdict.rewrites.filter(({ path }) => path !== '/name');
  const harmful = findings.some(({ rule, score }) => rule.startsWith('mcp.') && score >= 0.8);
  return {
    findings,
    blocked: decision.action === 'block',
    harmless: !denied && verdict.rewrites.length === 0 && !harmful,
    body:
      rewrites.length === 0 ? definition.body : (replaceStrings(structuredClone(definition.body), rewrites) as Json),
  };
}
