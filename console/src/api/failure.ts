// Why an operation failed, as the pages show it: code, sentence, place, and what to do next.

export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: string;
  readonly at: string | undefined;
  readonly hint: string | undefined;

  constructor(code: string, message: string, at: string | undefined, hint: string | undefined) {
    super(message);
    this.code = code;
    this.at = at;
    this.hint = hint;
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Any thrown value as a failure: those of the interface with their code, a fault of the page itself as `console`. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string') {
    const { at, hint } = thrown as { at?: unknown; hint?: unknown };
    return new Failure(thrown.code, thrown.message, textOf(at), textOf(hint));
  }
  return new Failure(
    'console',
    'the console failed',
    undefined,
    'Load the page again; the gateway is not touched by it.',
  );
}

/** Whether the same request may succeed if it is simply made again. */
export function isPassing({ code }: Failure): boolean {
  return code === 'unreachable' || code === 'overloaded' || code === 'shutting_down';
}
