// Passwords at rest: scrypt (RFC 7914), its cost written beside each hash so that it can be raised later.
import { type BinaryLike, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { AncileError } from '../../base/index.ts';
import { createTurns } from './turns.ts';

/** `ln`: log2 of N; memory is 128 * N * r bytes. */
export interface PasswordCost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** OWASP's password storage cheat sheet: N = 2^17, r = 8, p = 1. 128 MiB and some 0.4 s of one core. */
export const PASSWORD_COST: PasswordCost = { ln: 17, r: 8, p: 1 };

/**
 * One at once for strangers and one for those who are known: 256 MiB at most, and two of the four threads that the
 * ledger's writes need as well. Strangers may flood their own queue (some eight seconds), not the other.
 */
const FOR_STRANGERS = { running: 1, waiting: 20, each: 4 };
const FOR_KNOWN = { running: 1, waiting: 20, each: 4 };

/** Whose turn it is. */
export interface Asker {
  /** An address, a device, or a user. */
  readonly name: string;
  /** Whether something other than the password says who it is: a session, a link, a device that signed in before. */
  readonly known: boolean;
}

const SALT_BYTES = 16;
const HASH_BYTES = 32;
const FORM = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

export interface PasswordHasher {
  /**
   * In the form of the PHC string format.
   * @throws AncileError `overloaded`
   */
  hash(who: Asker, password: string): Promise<string>;
  /**
   * Whether it is the password of a stored hash. Without one it takes as long and is false, so that time does not tell
   * who is a user.
   * @throws AncileError `overloaded`, `store_fault` for what is no hash
   */
  verify(who: Asker, password: string, stored: string | undefined): Promise<boolean>;
  /** Whether a stored hash has another cost than new ones get. */
  isDated(stored: string): boolean;
}

function derive(password: string, salt: BinaryLike, { ln, r, p }: PasswordCost): Promise<Buffer> {
  const N = 2 ** ln;
  return new Promise((resolve, reject) => {
    // NFKC: what one keyboard composes and another sends apart is one password (NIST SP 800-63B).
    scrypt(
      password.normalize('NFKC'),
      salt,
      HASH_BYTES,
      { N, r, p, maxmem: 129 * N * r + 4096 * p * r },
      (error, key) => {
        if (error === null) resolve(key);
        else reject(new AncileError('internal', 'a password could not be hashed', { cause: error }));
      },
    );
  });
}

const plain64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');

function parse(stored: string): { readonly cost: PasswordCost; readonly salt: Buffer; readonly key: Buffer } {
  const [, ln, r, p, salt, key] = FORM.exec(stored) ?? [];
  if (salt === undefined || key === undefined) {
    throw new AncileError('store_fault', 'a password of the store is not of a known form', {
      hint: 'Reset the user: ancile user reset NAME.',
    });
  }
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  return { cost, salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') };
}

export function createPasswordHasher(cost: PasswordCost = PASSWORD_COST): PasswordHasher {
  const strangers = createTurns(FOR_STRANGERS);
  const known = createTurns(FOR_KNOWN);
  const take = (who: Asker, run: () => Promise<Buffer>): Promise<Buffer> =>
    (who.known ? known : strangers).take(who.name, run);
  return {
    async hash(who, password) {
      const salt = randomBytes(SALT_BYTES);
      const key = await take(who, () => derive(password, salt, cost));
      return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${plain64(salt)}$${plain64(key)}`;
    },
    async verify(who, password, stored) {
      const found = stored === undefined ? undefined : parse(stored);
      const salt = found?.salt ?? randomBytes(SALT_BYTES);
      const key = await take(who, () => derive(password, salt, found?.cost ?? cost));
      return timingSafeEqual(key, found?.key ?? randomBytes(HASH_BYTES)) && found !== undefined;
    },
    isDated(stored) {
      const { ln, r, p } = parse(stored).cost;
      return ln !== cost.ln || r !== cost.r || p !== cost.p;
    },
  };
}
