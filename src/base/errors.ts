// The one coded error class and the one table behind it: code -> HTTP status, exit code, retryable.

/** Exit codes of every command: 0 fine, 1 findings or a failed verification, 2 usage, 3 fault. */
export type ExitCode = 0 | 1 | 2 | 3;

interface ErrorKind {
  /** HTTP status the gateway answers with. */
  readonly status: number;
  /** Exit code of a command that ends with it. */
  readonly exit: ExitCode;
  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean;
}

const kind = (status: number, exit: ExitCode, retryable = false): ErrorKind => ({ status, exit, retryable });

/** Every error code there is. `docs/errors.md` lists the same, held together by a test. */
export const ERROR_TABLE = {
  usage: kind(400, 2),
  config_invalid: kind(500, 2),
  policy_invalid: kind(500, 2),
  rules_invalid: kind(500, 2),
  model_invalid: kind(500, 2),
  request_invalid: kind(400, 2),
  body_too_large: kind(413, 2),
  unauthenticated: kind(401, 2),
  second_factor_required: kind(401, 2),
  locked_out: kind(429, 1),
  forbidden: kind(403, 2),
  frozen: kind(403, 1),
  not_found: kind(404, 2),
  conflict: kind(409, 2),
  blocked_by_policy: kind(403, 1),
  held_for_approval: kind(403, 1),
  budget_exceeded: kind(429, 1),
  upstream_unreachable: kind(502, 3, true),
  upstream_timeout: kind(504, 3, true),
  upstream_reset: kind(502, 3, true),
  upstream_malformed: kind(502, 3, true),
  upstream_refused: kind(502, 3),
  guard_fault: kind(503, 3, true),
  policy_fault: kind(503, 3, true),
  ledger_fault: kind(503, 3, true),
  ledger_corrupt: kind(500, 1),
  store_fault: kind(503, 3, true),
  data_dir_owned: kind(500, 3, true),
  data_dir_unusable: kind(500, 3),
  address_in_use: kind(500, 3),
  overloaded: kind(503, 3, true),
  shutting_down: kind(503, 3, true),
  internal: kind(500, 3),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_TABLE;

interface ErrorOptions {
  /** The underlying fault, for the log; never sent to a client. */
  readonly cause?: unknown;
  /** The place in the input that is wrong, as the user would name it: `models.gpt-4o.upstream`, `messages[3].content`. */
  readonly at?: string;
  /** What to do next, one sentence. */
  readonly hint?: string;
}

/** A fault with a code from the table. Outcomes (a block, a failed check) are values and never thrown as this. */
export class AncileError extends Error {
  override readonly name = 'AncileError';
  readonly code: ErrorCode;
  readonly at: string | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.at = options.at;
    this.hint = options.hint;
  }

  get status(): number {
    return ERROR_TABLE[this.code].status;
  }

  get exitCode(): ExitCode {
    return ERROR_TABLE[this.code].exit;
  }

  get retryable(): boolean {
    return ERROR_TABLE[this.code].retryable;
  }
}

/** The system's error code (`ENOSPC`, `EADDRINUSE`), if the thrown value has one. */
export function systemCode(thrown: unknown): string | undefined {
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return undefined;
}

/** Any thrown value as an AncileError: coded ones as they are, the rest as `fallback` with the cause kept. */
export function toAncileError(thrown: unknown, fallback: ErrorCode = 'internal'): AncileError {
  if (thrown instanceof AncileError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AncileError(fallback, message, { cause: thrown });
}
