// The second factor: checked at sign-in, begun, confirmed and removed by its owner.
import { AncileError } from '../../base/index.ts';
import { checkOwnPassword, requireSession } from './own.ts';
import { endSessionsOf, type PeopleParts } from './parts.ts';
import { createRecoveryCodes, recoveryDigest } from './recovery-codes.ts';
import { createTotpSecret, findTotpStep, isTotpCode, toTotpUri } from './totp.ts';
import type { UserRecord } from './user-record.ts';

/** A secret that was shown and not confirmed is forgotten after, milliseconds. */
const PENDING_MS = 10 * 60_000;

/** `how` proved it, and the factor as it is from now on. */
export type Factor = 'missing' | 'wrong' | { readonly how: string; readonly totp: UserRecord['totp'] };

/**
 * Checks a code against a user's second factor and spends it: the answer's `totp` is to be saved. Only within
 * `directory.exclusive`, so that no code is taken twice at the same moment.
 */
export async function checkSecondFactor(
  { clock, directory, keys, seal }: PeopleParts,
  { id, totp }: UserRecord,
  code: string | undefined,
): Promise<Factor> {
  if (totp === undefined) return { how: 'password', totp };
  if (code === undefined) return 'missing';
  if (isTotpCode(code)) {
    const step = findTotpStep(seal.open(id, totp.sealed), code, clock(), totp.step);
    return step === undefined ? 'wrong' : { how: 'totp', totp: { ...totp, step } };
  }
  const used = await directory.useCode(id, recoveryDigest(keys.keyedDigest, id, code));
  return used ? { how: 'recovery_code', totp } : 'wrong';
}

export interface SecondFactors {
  /** The secret is shown once and holds when confirmed, by the same session, within ten minutes. */
  begin(token: string, password: string): Promise<{ readonly secret: string; readonly uri: string }>;
  /** Answers with the recovery codes; ends the user's other sessions, which were begun without the factor. */
  confirm(token: string, code: string): Promise<{ readonly recoveryCodes: string[] }>;
  remove(token: string, password: string): Promise<void>;
}

export function createSecondFactors(parts: PeopleParts): SecondFactors {
  const { clock, directory, keys, recordChange, seal } = parts;
  /** By id of the session. */
  const pending = new Map<string, { readonly secret: string; readonly expires: number }>();

  function takePending(session: string): string {
    for (const [id, { expires }] of pending) if (expires <= clock()) pending.delete(id);
    const found = pending.get(session);
    if (found !== undefined) return found.secret;
    throw new AncileError('conflict', 'no second factor was begun, or too long ago', { hint: 'Begin it again.' });
  }

  return {
    async begin(token, password) {
      const { held, user } = requireSession(parts, token);
      await checkOwnPassword(parts, user, password, 'password');
      const secret = createTotpSecret();
      pending.set(held.id, { secret, expires: clock() + PENDING_MS });
      return { secret, uri: toTotpUri(secret, user.name) };
    },
    confirm: (token, code) =>
      directory.exclusive(async () => {
        const { held, user } = requireSession(parts, token);
        const secret = takePending(held.id);
        const step = findTotpStep(secret, code, clock(), user.totp?.step ?? 0);
        if (step === undefined) {
          throw new AncileError('request_invalid', 'the code is not of this secret and time', {
            at: 'code',
            hint: 'Look at the clock of the device, and type the code that it shows now.',
          });
        }
        const recoveryCodes = createRecoveryCodes();
        const digests = recoveryCodes.map((each) => recoveryDigest(keys.keyedDigest, user.id, each));
        const totp = { sealed: seal.seal(user.id, secret), step };
        const change = { action: 'user.totp', actor: user.name, target: user.name, detail: 'confirmed' } as const;
        await recordChange(change, () => directory.save({ ...user, totp }, digests));
        pending.delete(held.id);
        await endSessionsOf(parts, user, 'second_factor', held);
        return { recoveryCodes };
      }),
    async remove(token, password) {
      await checkOwnPassword(parts, requireSession(parts, token).user, password, 'password');
      await directory.exclusive(async () => {
        const { user } = requireSession(parts, token);
        if (user.totp === undefined) return;
        const change = { action: 'user.totp', actor: user.name, target: user.name, detail: 'removed' } as const;
        await recordChange(change, () => directory.save({ ...user, totp: undefined }, []));
      });
    },
  };
}
