// A Messages request as the clouds that resell Anthropic's models take it: version and beta features in the body, the
// model in the address.
import { AncileError } from '../../../base/index.ts';
import type { Ask } from '../door.ts';

type Json = Readonly<Record<string, unknown>>;

const MAX_BETAS = 32;

/** The beta features that the caller's header names. Nothing but names goes on. */
export function readBetas(headers: Readonly<Record<string, string>>): string[] {
  const names = (headers['anthropic-beta'] ?? '').split(',').map((name) => name.trim());
  return names.filter((name) => /^[\w.-]{1,100}$/.test(name)).slice(0, MAX_BETAS);
}

/**
 * A copy of the body, prepared for this model, with the cloud's version and without the members that are in the
 * address. What the caller's body says of version and beta features does not count: his headers do.
 */
export function toCloudBody({ surface, body, model }: Ask, version: string, left: readonly string[]): Json {
  surface.prepareUpstream(body, model);
  if (typeof body !== 'object' || body === null) throw new AncileError('internal', 'a Messages request is an object');
  const dropped = new Set([...left, 'anthropic_version', 'anthropic_beta']);
  const rest = Object.entries(body).filter(([name]) => !dropped.has(name));
  return { anthropic_version: version, ...Object.fromEntries(rest) };
}
