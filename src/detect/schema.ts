// Structured output that is not what was asked for: the answer against the JSON Schema of its request.
import { z } from 'zod';
import type { TextFinding } from '../contract/index.ts';
import type { Detector } from './detector.ts';
import { toCheckableSchema } from './schema-subset.ts';

const TEXT_MOST = 262_144;
const DEPTH_MOST = 64;

/** Whether answers can be held against a schema, and why not. */
export type SchemaStatus =
  { readonly status: 'checked'; readonly schema: z.ZodType } | { readonly status: 'skipped'; readonly reason: string };

const compiled = new WeakMap<object, SchemaStatus>();
const withPatterns = new WeakMap<object, SchemaStatus>();

/**
 * Compiles the JSON Schema of a request as far as it can be checked in bounded work. `skipped` (never a finding)
 * for recursive schemas, regular expressions of the caller's, and keywords that zod does not check.
 * @param patterns - its regular expressions are known to be bounded work, and checked
 */
export function compileResponseSchema(schema: unknown, { patterns = false } = {}): SchemaStatus {
  if (typeof schema !== 'object' || schema === null) return { status: 'skipped', reason: 'not an object' };
  const cache = patterns ? withPatterns : compiled;
  const known = cache.get(schema);
  if (known !== undefined) return known;
  const status = compile(schema, patterns);
  cache.set(schema, status);
  return status;
}

function compile(schema: object, patterns: boolean): SchemaStatus {
  const checkable = toCheckableSchema(schema, patterns);
  if ('reason' in checkable) return { status: 'skipped', reason: checkable.reason };
  try {
    return { status: 'checked', schema: z.fromJSONSchema(checkable.schema as Parameters<typeof z.fromJSONSchema>[0]) };
  } catch {
    return { status: 'skipped', reason: 'zod cannot express it' };
  }
}

/** Depth of brackets outside strings, at most one more than `most`. Linear. */
function depthOf(text: string, most: number): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length && deepest <= most; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 92) i++;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 91 || code === 123) deepest = Math.max(deepest, ++depth);
    else if (code === 93 || code === 125) depth--;
  }
  return deepest;
}

function problemOf(text: string, schema: z.ZodType): { rule: string; evidence: string } | undefined {
  if (text.length > TEXT_MOST) return { rule: 'schema.too_large', evidence: `longer than ${TEXT_MOST} characters` };
  if (depthOf(text, DEPTH_MOST) > DEPTH_MOST) return { rule: 'schema.too_deep', evidence: `deeper than ${DEPTH_MOST}` };
  let value: unknown;
  try {
    // eslint-disable-next-line no-restricted-properties -- length and depth were bounded above; codec/ is for wire forms
    value = JSON.parse(text);
  } catch {
    return { rule: 'schema.not_json', evidence: 'not JSON' };
  }
  const result = schema.safeParse(value);
  if (result.success) return undefined;
  const issue = result.error.issues[0]!;
  // Names of members may be the answer's own words: the place is shown as indexes and the kind of fault only.
  return { rule: 'schema.mismatch', evidence: `${issue.code} at depth ${issue.path.length}` };
}

/** An answer that does not conform to the JSON Schema its request asked for. Judges the whole text or nothing. */
export const schemaDetector: Detector = {
  id: 'schema',
  version: '1',
  classes: ['schema'],
  reach: Infinity,
  lookbehind: Infinity,
  usesContext: true,
  appliesTo: (channel, direction) => direction === 'output' && channel === 'output',
  inspect(view, context): readonly TextFinding[] {
    if (context.responseSchema === undefined) return [];
    const status = compileResponseSchema(context.responseSchema);
    if (status.status === 'skipped') return [];
    const problem = problemOf(view.original, status.schema);
    if (problem === undefined) return [];
    const span = { start: 0, end: view.original.length };
    return [{ ...problem, class: 'schema', severity: 'medium', score: 1, ...span, techniques: ['LLM05:2025'] }];
  },
};
