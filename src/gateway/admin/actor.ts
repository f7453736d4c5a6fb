// Who asks the admin interface for something: the data folder's owner at the machine itself, a person who signed in, or
// nobody yet.
import { AncileError } from '../../base/index.ts';
import type { Endpoint, Session } from '../../contract/index.ts';

/** The owner of the data folder, by its socket or by opening it: may do everything that needs no session. */
export interface LocalActor {
  readonly kind: 'local';
  /** As records name him: `cli (socket)`. */
  readonly name: string;
}

export interface PersonActor {
  readonly kind: 'person';
  readonly name: string;
  readonly session: Session;
  /** Names the session without giving it away. */
  readonly sessionId: string;
  /** The session's token: what his own operations act on. */
  readonly token: string;
}

/** Someone who has not signed in: only public operations are his. */
export interface NobodyActor {
  readonly kind: 'nobody';
  readonly name: 'nobody';
}

export type Actor = LocalActor | PersonActor | NobodyActor;

/** One asking: who, from where, and where a session's token goes that is begun or ended by it. */
export interface Caller {
  readonly actor: Actor;
  /** Network address, for lock-outs; `local` for the owner. */
  readonly from: string;
  /** The token of a session that began, or undefined where the session ended. */
  keepToken(token: string | undefined): void;
  /** What a browser keeps of an earlier sign-in, and where the next goes. Absent where there is no browser. */
  readonly device?: { readonly token: string | undefined; keep(token: string): void };
}

/**
 * Whether the actor may do what an operation needs.
 * @throws AncileError `unauthenticated` where signing in would help, `forbidden` where it would not
 */
export function checkPermission(actor: Actor, needs: Endpoint['needs']): void {
  if (needs === 'public') return;
  if (actor.kind === 'nobody') {
    throw new AncileError('unauthenticated', 'nobody is signed in', { hint: 'Sign in at /console/.' });
  }
  if (actor.kind === 'local') {
    if (needs !== 'session') return;
    throw new AncileError('request_invalid', 'this is done by a person who has signed in', {
      hint: 'Sign in at /console/.',
    });
  }
  if (needs === 'session' || actor.session.permissions.includes(needs)) return;
  throw new AncileError('forbidden', `this needs the permission ${needs}`, {
    hint:
      needs === 'local'
        ? 'It is done on the machine itself, by the owner of the data folder.'
        : 'An admin can give you a role that has it.',
  });
}

/** The person of a session. @throws AncileError as `checkPermission` does for `session` */
export function personOf({ actor }: Caller): PersonActor {
  checkPermission(actor, 'session');
  return actor as PersonActor;
}
