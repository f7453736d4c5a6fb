// What each containment does, how it is undone, and what it needs to be told.
import { type KeyRing, type Restraint, RestraintEffect, type Restraints, toCap } from '../access/index.ts';
import { AncileError } from '../base/index.ts';
import type { Containment, ContainmentAction, ContainmentTarget } from '../contract/index.ts';
import type { Inventory } from '../inventory/index.ts';

/** What containment works on. */
export interface ActionParts {
  readonly restraints: Restraints;
  readonly keyRing: KeyRing;
  readonly inventory: Inventory;
  /** Names of the routes of the configuration in force. */
  readonly routes: () => readonly string[];
}

/** What was done: how much was cut, how things were, and when it would survive a restart. */
export interface Done {
  readonly cut: number;
  readonly before?: Record<string, string>;
  readonly kept: Promise<unknown>;
}

export interface ContainmentKind {
  /** Members that a target must name. */
  readonly needs: readonly (keyof ContainmentTarget)[];
  /** Members that a target may name; all where it is absent. */
  readonly only?: readonly (keyof ContainmentTarget)[];
  /** @throws AncileError `request_invalid`, `not_found` where it cannot be done as it is said */
  readonly check?: (parts: ActionParts, asked: Pick<Containment, 'target' | 'with'>) => void;
  readonly apply: (parts: ActionParts, containment: Containment) => Promise<Done>;
  readonly undo: (parts: ActionParts, containment: Containment) => Promise<unknown>;
}

/** A restraint that is asked for whatever passes. */
function restrain(
  effect: Restraint['effect'],
  more: Omit<Partial<ContainmentKind>, 'apply' | 'undo'>,
): ContainmentKind {
  return {
    needs: [],
    ...more,
    async apply({ restraints }, { id, target, with: values, expires }) {
      return restraints.put({
        id,
        effect,
        target,
        ...(values === undefined ? {} : { with: values }),
        ...(expires === undefined ? {} : { expires: Date.parse(expires) }),
      });
    },
    undo: ({ restraints }, { id }) => restraints.remove(id),
  };
}

const FREEZE = restrain('freeze', {
  check(_, { target, with: values }) {
    const except = values?.['except'];
    if (except === undefined || (typeof except === 'string' && target.upstream !== undefined)) return;
    throw new AncileError('request_invalid', 'what is left open is named for upstreams: names with commas between', {
      at: 'with.except',
      hint: "For instance --upstream '*' --with except=main.",
    });
  },
});

const SHA256 = /^(?:sha256:)?([0-9a-f]{64})$/;

/** The versions that a target names: one, or all that hold a file of a content. */
export async function versionsOf(inventory: Inventory, model: string): Promise<{ id: string; state: string }[]> {
  const digest = SHA256.exec(model)?.[1];
  if (digest !== undefined) return inventory.findByContent(digest);
  const version = await inventory.get(model);
  return version === undefined ? [] : [version];
}

const quarantine: ContainmentKind = {
  needs: ['model'],
  only: ['model'],
  async apply({ inventory }, { id, target, reason, actor }) {
    const before: Record<string, string> = {};
    for (const version of await versionsOf(inventory, target.model!)) {
      if (version.state !== 'admitted') continue;
      before[version.id] = version.state;
      const why = reason === '' ? `contained by ${id}` : `${reason} (${id})`;
      await inventory.setState(version.id, (asset) =>
        asset.state === 'admitted' ? { to: 'quarantined', actor, reason: why } : undefined,
      );
    }
    if (Object.keys(before).length === 0) {
      throw new AncileError('not_found', 'no admitted version is called, or holds a file of, this', {
        at: 'target.model',
        hint: '`ancile model list` shows those that are admitted.',
      });
    }
    return { cut: 0, before, kept: Promise.resolve() };
  },
  async undo({ inventory }, { id, before = {}, actor }) {
    for (const version of Object.keys(before)) {
      await inventory.setState(version, (asset) =>
        // Whoever decided on it since then has the last word.
        asset.state === 'quarantined' && asset.reason?.includes(id) === true
          ? { to: 'admitted', actor, reason: `${id} was lifted` }
          : undefined,
      );
    }
  },
};

/** Somebody who is known by a token of an issuer, and has no key here. */
const isIdentity = (principal: string): boolean => principal.startsWith('oidc:') && !principal.includes('*');

/** Whether it is asked for whatever passes, and so has to be in force for as long as it is written down. */
export function isRestraint({ action, target }: Pick<Containment, 'action' | 'target'>): boolean {
  if (action === 'revoke') return isIdentity(target.principal ?? '');
  return RestraintEffect.safeParse(action).success;
}

function checkKey({ keyRing }: ActionParts, { target }: Pick<Containment, 'target'>): void {
  if (isIdentity(target.principal!)) return;
  if (keyRing.list().some(({ id }) => id === target.principal)) return;
  throw new AncileError('not_found', 'there is no such key', { at: 'target.principal' });
}

const revoke: ContainmentKind = {
  needs: ['principal'],
  only: ['principal'],
  check: checkKey,
  async apply(parts, containment) {
    const { keyRing } = parts;
    const { target } = containment;
    // The issuer goes on giving tokens: what ends is that they are worth anything here.
    if (isIdentity(target.principal!)) return FREEZE.apply(parts, containment);
    if (keyRing.list().find(({ id }) => id === target.principal)?.revoked !== undefined) {
      throw new AncileError('conflict', 'the key is revoked already', { at: 'target.principal' });
    }
    const ended = keyRing.end(target.principal!);
    const { revoked } = keyRing.list().find(({ id }) => id === target.principal)!;
    return { ...ended, before: { revoked: revoked! } };
  },
  async undo(parts, containment) {
    const { target, before } = containment;
    if (isIdentity(target.principal!)) return FREEZE.undo(parts, containment);
    const now = parts.keyRing.list().find(({ id }) => id === target.principal);
    // Whoever has revoked it since then has the last word.
    if (now !== undefined && before !== undefined && now.revoked !== before['revoked']) return now;
    return parts.keyRing.reinstate(target.principal!);
  },
};

export const CONTAINMENTS: Readonly<Record<ContainmentAction, ContainmentKind>> = {
  freeze: FREEZE,
  hold: restrain('hold', {}),
  revoke,
  quarantine,
  divert: restrain('divert', {
    needs: ['route'],
    check({ routes }, { target, with: values }) {
      const to = values?.['to'];
      if (typeof to === 'string' && to !== target.route && routes().includes(to)) return;
      throw new AncileError('request_invalid', 'expected the name of another route to send it to', {
        at: 'with.to',
        hint: `Routes are the names under \`models\`: ${routes().slice(0, 20).join(', ')}.`,
      });
    },
  }),
  cap: restrain('cap', {
    needs: ['principal'],
    check: (parts, asked) => {
      checkKey(parts, asked);
      toCap(asked.with);
    },
  }),
};
