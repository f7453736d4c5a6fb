// What each containment does, how it is undone, and what it needs to be told.
import {
  type KeyRing,
  type People,
  type Restraint,
  RestraintEffect,
  type Restraints,
  personOfTarget,
  toCap,
} from '../access/index.ts';
import { AncileError } from '../base/index.ts';
import { type Containment, type ContainmentAction, type ContainmentTarget, FlowMode } from '../contract/index.ts';
import type { Inventory } from '../inventory/index.ts';

/** What containment works on. */
export interface ActionParts {
  readonly restraints: Restraints;
  readonly keyRing: KeyRing;
  readonly inventory: Inventory;
  readonly people: Pick<People, 'standingOf'>;
  /** Loads a policy set by its name. @throws AncileError `request_invalid`, `policy_invalid` */
  readonly readPolicySet: (name: string) => unknown;
  /** The mode of flow control of the configuration in force. */
  readonly flowMode: () => FlowMode | 'off';
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
  check(parts, { target, with: values }) {
    checkPerson(parts, target);
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

/**
 * The version that a name is to stand for.
 * @throws AncileError `request_invalid`, `not_found`, `conflict` where it is not admitted
 */
export async function readRepoint(
  inventory: Inventory,
  { target, with: values }: Pick<Containment, 'target' | 'with'>,
): Promise<{ readonly repo: string; readonly version: string }> {
  const model = target.model!;
  const at = model.lastIndexOf('@');
  const to = values?.['to'];
  if (at < 1 || model.includes('*')) {
    throw new AncileError('request_invalid', 'expected a name of a model: source:repo@NAME', { at: 'target.model' });
  }
  if (to === undefined || to === '') {
    throw new AncileError('request_invalid', 'expected the revision that it is to stand for', {
      at: 'with.to',
      hint: '`ancile model list` shows the versions that are admitted.',
    });
  }
  if ((await inventory.get(model)) !== undefined) {
    throw new AncileError('request_invalid', 'this is a version, and no name that could stand for another', {
      at: 'target.model',
      hint: 'A version is quarantined; what is repointed is a branch or tag such as main.',
    });
  }
  const repo = model.slice(0, at);
  const version = await inventory.get(`${repo}@${to}`);
  if (version === undefined) {
    throw new AncileError('not_found', 'there is no such version in the inventory', {
      at: 'with.to',
      hint: '`ancile model list` shows the versions that are admitted.',
    });
  }
  if (version.state !== 'admitted') {
    throw new AncileError('conflict', `the version is ${version.state}: nobody would get it`, { at: 'with.to' });
  }
  return { repo, version: version.id };
}

const REPOINT = restrain('repoint', { needs: ['model'], only: ['model'] });

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

/** A person of the console is kept out by his name alone. */
function checkPerson({ people }: ActionParts, target: ContainmentTarget): void {
  const name = personOfTarget(target);
  if (name === undefined) return;
  if (Object.keys(target).length > 1) {
    throw new AncileError('request_invalid', 'a person is named alone', { at: 'target' });
  }
  if (people.standingOf(name) !== undefined) return;
  throw new AncileError('not_found', 'there is no such user', {
    at: 'target.principal',
    hint: '`ancile user list` shows those there are; a person is named as user:NAME.',
  });
}

/** Somebody who has no key here: he is known by a token of an issuer, or signs in to the console. */
const isIdentity = (principal: string): boolean =>
  (principal.startsWith('oidc:') && !principal.includes('*')) || personOfTarget({ principal }) !== undefined;

/** Whether it is asked for whatever passes, and so has to be in force for as long as it is written down. */
export function isRestraint({ action, target }: Pick<Containment, 'action' | 'target'>): boolean {
  if (action === 'revoke') return isIdentity(target.principal ?? '');
  return RestraintEffect.safeParse(action).success;
}

function checkKey(parts: ActionParts, { target }: Pick<Containment, 'target'>): void {
  const { keyRing } = parts;
  checkPerson(parts, target);
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

function checkTighten(
  { readPolicySet, flowMode }: ActionParts,
  { with: values = {} }: Pick<Containment, 'with'>,
): void {
  const { policy, flow, ...rest } = values;
  const wrong = (message: string, at: string, hint: string): AncileError =>
    new AncileError('request_invalid', message, { at: `with.${at}`, hint });
  const [other] = Object.keys(rest);
  if (other !== undefined || (policy === undefined && flow === undefined)) {
    throw wrong(
      'expected what rules besides',
      other ?? 'policy',
      'For instance --with policy=strict or --with flow=strict.',
    );
  }
  if (policy !== undefined) readPolicySet(String(policy));
  if (flow === undefined) return;
  if (!FlowMode.safeParse(flow).success) {
    throw wrong('there is no such mode of flow control', 'flow', `Modes: ${FlowMode.options.join(', ')}.`);
  }
  if (flowMode() === 'off') {
    throw wrong(
      'flow control is switched off: there is nothing to make stricter',
      'flow',
      'Set flow.mode, or add a policy set.',
    );
  }
  if (flowMode() === flow)
    throw wrong('flow control is in that mode already', 'flow', 'Name another mode, or a policy set.');
}

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
  // As long as it is in force, so that they are there again, with what was left of them, once it is lifted.
  ungrant: restrain('ungrant', { only: ['principal', 'tenant', 'session', 'server', 'tool'] }),
  tighten: restrain('tighten', { check: checkTighten }),
  // Nothing is deleted: what is read while it is in force lacks it, and has it again afterwards.
  distrust: restrain('distrust', {
    only: ['principal', 'tenant', 'session', 'server', 'tool'],
    check(_, { target }) {
      const star = (['principal', 'session', 'tool'] as const).find((name) => target[name]?.includes('*') === true);
      if (star === undefined) return;
      throw new AncileError('request_invalid', 'who stored a text is known by a keyed label: patterns find none', {
        at: `target.${star}`,
        hint: 'Name one; or a server or tenant alone, of which all memory is withheld.',
      });
    },
  }),
  repoint: {
    ...REPOINT,
    async apply(parts, containment) {
      await readRepoint(parts.inventory, containment);
      return REPOINT.apply(parts, containment);
    },
  },
  cap: restrain('cap', {
    needs: ['principal'],
    check: (parts, asked) => {
      checkKey(parts, asked);
      toCap(asked.with);
    },
  }),
};
