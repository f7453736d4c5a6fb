// Whom to ask, in which order: the targets that share a route's traffic, then its fallbacks.
import { hash } from 'node:crypto';
import { AncileError } from '../../base/index.ts';
import type { LlmSurface } from '../../codec/index.ts';
import type { Route, Target } from '../../contract/index.ts';
import type { Roster, RosterEntry } from './roster.ts';

/** One way to have a request answered, ready to be asked. */
export interface PlannedTarget extends RosterEntry {
  /** The upstream's name for the model. */
  readonly model: string;
  readonly price: Target['price'];
}

/** 0 < u < 1, the same for the same text, evenly spread. */
function toUnit(text: string): number {
  return (Number.parseInt(hash('sha256', text).slice(0, 12), 16) + 0.5) / 2 ** 48;
}

/**
 * By weighted rendezvous hashing (Schindelhauer and Schomaker, "Weighted Distributed Hash Tables", SPAA 2005: each
 * target draws -ln(u)/weight and the least wins): a conversation stays with its target, each target has its share of conversations, and a target
 * added or taken away moves no conversation but those it gains or loses.
 */
function byDraw<T extends Target & { readonly weight?: number | undefined }>(shares: readonly T[], label: string): T[] {
  const draws = shares.map((share) => {
    const u = toUnit(`${label}\0${share.upstream}\0${share.model ?? ''}`);
    return { share, draw: -Math.log(u) / (share.weight ?? 1) };
  });
  return draws.sort((a, b) => a.draw - b.draw).map(({ share }) => share);
}

/**
 * The targets of a route in the order in which they are asked. The first is the conversation's own; the others that
 * share the traffic come before the fallbacks.
 * @param label - what makes the requests of a conversation one: they go to one target, for the sake of its caches
 * @throws AncileError `request_invalid` where none of them can be asked by this surface
 */
export function planTargets(
  route: Route,
  roster: Roster,
  surface: LlmSurface,
  model: string,
  label: string,
): readonly PlannedTarget[] {
  const shares = route.spread === undefined ? [route] : byDraw([route, ...route.spread], label);
  const plan: PlannedTarget[] = [];
  let refusal: string | undefined;
  let entryRefused: RosterEntry | undefined;
  for (const target of [...shares, ...(route.fallbacks ?? [])]) {
    const entry = roster.get(target.upstream);
    if (entry === undefined) continue;
    const named = target.model ?? model;
    const refused = entry.door.refuses(surface);
    if (refused !== undefined) {
      refusal ??= refused;
      entryRefused ??= entry;
    } else if (!plan.some((planned) => planned.door === entry.door && planned.model === named)) {
      plan.push({ ...entry, model: named, price: target.price });
    }
  }
  if (plan.length > 0) return plan;
  throw new AncileError('request_invalid', refusal ?? 'no upstream serves this model', {
    at: 'model',
    ...(entryRefused === undefined ? {} : { hint: `Its upstream speaks: ${entryRefused.door.dialects.join(', ')}.` }),
  });
}
