// Guessing is made slow, and nobody is locked out for ever: which tries to sign in are let through to the password.
import { AncileError, type Clock } from '../../base/index.ts';
import { createThrottle, type Throttle } from './throttle.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * A user's tries from one place: strict, and never longer than a quarter of an hour, since behind a proxy or in one
 * office the place may be everyone's.
 */
const FROM_ONE_PLACE = { free: 5, first: 30 * SECOND, most: 15 * MINUTE, forget: 24 * HOUR };
/**
 * A user's tries from anywhere: softer, against many addresses at once; some fifty guesses on the first day and
 * twenty-four on each further one (NIST SP 800-63B wants fewer than a hundred in a row). It does not hold for a browser
 * that he signed in with before: whoever keeps this lock shut does not keep him out.
 */
const FROM_ANYWHERE = { free: 25, first: 30 * SECOND, most: HOUR, forget: 24 * HOUR };
/** What is kept of names that nobody has, and of users' places. */
const MAX_KEPT = 10_000;

/** One try. The first of its ends that is called counts. */
export interface Try {
  succeed(): void;
  /** Whether it began a wait. */
  fail(): boolean;
  /** It was neither right nor wrong. */
  release(): void;
}

export interface LockOut {
  /**
   * Counts a try. A name that nobody has is locked as a user's would be, so that locks do not tell who is a user.
   * @param name - as it is compared
   * @param place - where from: an address, or a device of the user's
   * @param trusted - whether it is such a device
   * @throws AncileError `locked_out`
   */
  begin(name: string, options: { readonly isUser: boolean; readonly place: string; readonly trusted: boolean }): Try;
  /** Until when a user is refused somewhere, milliseconds since the epoch. */
  lockedUntil(name: string): number | undefined;
  unlock(name: string): void;
}

function lockedOut(until: number | undefined): AncileError {
  const when = until === undefined ? 'for the moment' : `until ${new Date(until).toISOString()}`;
  return new AncileError('locked_out', `too many wrong tries to sign in: refused ${when}`, {
    hint: 'Wait; or the owner of the data folder lifts it: ancile user enable NAME.',
  });
}

export function createLockOut(clock: Clock): LockOut {
  // What strangers invent must not push out what is counted of users.
  const users = {
    place: createThrottle(FROM_ONE_PLACE, clock, MAX_KEPT),
    any: createThrottle(FROM_ANYWHERE, clock, MAX_KEPT),
  };
  const strangers = {
    place: createThrottle(FROM_ONE_PLACE, clock, MAX_KEPT),
    any: createThrottle(FROM_ANYWHERE, clock, MAX_KEPT),
  };
  const ofUser = (name: string) => (key: string) => key.startsWith(`${name}\n`);

  return {
    begin(name, { isUser, place, trusted }) {
      const kind = isUser ? users : strangers;
      const counted: [Throttle, string][] = [[kind.place, `${name}\n${place}`]];
      if (!trusted) counted.push([kind.any, name]);
      const ends = counted.map(([throttle, key]) => throttle.lockedUntil(key)).filter((until) => until !== undefined);
      if (ends.length > 0) throw lockedOut(Math.max(...ends));
      if (!counted.every(([throttle, key]) => throttle.hasRoom(key))) throw lockedOut(undefined);
      for (const [throttle, key] of counted) throttle.begin(key);
      /** What it was counted by, once. */
      const ending = (): [Throttle, string][] => counted.splice(0);
      return {
        succeed: () => ending().forEach(([throttle, key]) => throttle.succeed(key)),
        fail: () =>
          ending()
            .map(([throttle, key]) => throttle.fail(key))
            .includes(true),
        release: () => ending().forEach(([throttle, key]) => throttle.release(key)),
      };
    },
    lockedUntil(name) {
      const ends = [users.any.lockedUntil(name), users.place.latest(ofUser(name))].filter(
        (until) => until !== undefined,
      );
      return ends.length === 0 ? undefined : Math.max(...ends);
    },
    unlock(name) {
      users.any.forget((key) => key === name);
      users.place.forget(ofUser(name));
    },
  };
}
