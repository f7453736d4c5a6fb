// Why a signature, a certificate or a statement is not accepted: thrown within this room, a value at its door.

/** `malformed`: not of its form. `untrusted`: of its form, and not vouched for by whom we trust. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly kind: 'malformed' | 'untrusted';

  constructor(kind: 'malformed' | 'untrusted', message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Throws for what is not of its form. */
export function malformed(message: string): never {
  throw new Refused('malformed', message);
}

/** Throws for what is not vouched for. */
export function untrusted(message: string): never {
  throw new Refused('untrusted', message);
}
