// What of a held call a grant can be made of, and whether a later call is like it. Values are compared by keyed digest.
import { canonicalJson } from '../../base/index.ts';
import {
  type GrantTerms,
  type HeldCall,
  type Origin,
  type ToolGrant,
  type ToolRuling,
  mayVary,
} from '../../contract/index.ts';

/** The more trusted, the less. */
const DISTANCE: Readonly<Record<Origin, number>> = { user: 0, trusted: 0, identifier: 1, untrusted: 2 };
/** Names that are no data and no pointer. */
const PLAIN = /^[A-Za-z_$][\w$.-]{0,99}$/;
const ARGUMENTS_MOST = 100;

function textOf(value: unknown): string {
  try {
    return `canonical ${canonicalJson(value ?? null)}`;
  } catch {
    return `plain ${JSON.stringify(value)}`;
  }
}

/**
 * Describes a call by its ruling; undefined where no grant can be made of it: nobody knows what it is, its arguments are no
 * plain object, or a secret would leave by it.
 */
export function describeCall(
  ruling: ToolRuling,
  args: unknown,
  keyedDigest: (text: string) => string,
): HeldCall | undefined {
  const { capability, definition, concerns } = ruling;
  if (capability === undefined || concerns.includes('secret_leaves') || concerns.includes('malformed'))
    return undefined;
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return undefined;
  const entries = Object.entries(args as Record<string, unknown>);
  if (entries.length > ARGUMENTS_MOST || entries.some(([name]) => !PLAIN.test(name))) return undefined;
  const places = Object.entries(ruling.arguments);
  return {
    capability,
    ...(definition === undefined ? {} : { definition }),
    concerns: [...concerns],
    arguments: Object.fromEntries(
      entries.map(([name, value]) => {
        const within = places
          .filter(([place]) => place === name || place.startsWith(`${name}/`))
          .map(([, each]) => each);
        const origin = within.reduce<Origin>(
          (worst, each) => (DISTANCE[each.origin] > DISTANCE[worst] ? each.origin : worst),
          'user',
        );
        const kind = within.find((each) => each.kind !== undefined)?.kind;
        const digest = keyedDigest(`ancile grant v1\n${capability}\n${name}\n${textOf(value)}`);
        const ungrounded = within.some((each) => each.grounded === false);
        return [
          name,
          { digest, origin, ...(kind === undefined ? {} : { kind }), ...(ungrounded ? { ungrounded } : {}) },
        ];
      }),
    ),
  };
}

/** The arguments of a grant, by its terms. */
export function grantedArguments(call: HeldCall, { any }: GrantTerms): ToolGrant['arguments'] {
  return Object.fromEntries(
    Object.entries(call.arguments).map(([name, { digest, origin }]) => [
      name,
      any.includes(name) ? { origin } : { digest, origin },
    ]),
  );
}

/** Whether a call is one that the approver said yes to: nothing more speaks against it, and every argument is his. */
export function isLike(grant: ToolGrant, ruling: ToolRuling, call: HeldCall): boolean {
  if (ruling.action !== 'hold' || call.capability !== grant.capability) return false;
  if (call.definition !== grant.definition) return false;
  const holding = ruling.policies.filter(({ action }) => action === 'hold');
  if (holding.length === 0 || !holding.every(({ id }) => grant.policies.includes(id))) return false;
  if (!call.concerns.every((concern) => grant.concerns.includes(concern))) return false;
  const isHis = Object.entries(call.arguments).every(([name, given]) => {
    if (!Object.hasOwn(grant.arguments, name)) return false;
    const { digest, origin } = grant.arguments[name]!;
    return digest === undefined
      ? mayVary(given) && DISTANCE[given.origin] <= DISTANCE[origin]
      : digest === given.digest;
  });
  // What he saw given must be given: left out, another value would hold.
  const isWhole = Object.entries(grant.arguments).every(
    ([name, { digest }]) => digest === undefined || Object.hasOwn(call.arguments, name),
  );
  return isHis && isWhole;
}
