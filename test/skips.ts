// Some tests need what a machine may lack (openssl, a file size limit). A skip says why; where everything is required
// (ANCILE_REQUIRE_ALL), a skip is a failure.
import type { TestContext } from 'vitest';

/**
 * Goes on when the condition holds; else skips the test with the reason.
 * @throws Error with the reason when ANCILE_REQUIRE_ALL is set
 */
export function requireOrSkip(context: TestContext, condition: boolean, reason: string): void {
  if (condition) return;
  if (process.env['ANCILE_REQUIRE_ALL']) throw new Error(`skipped although ANCILE_REQUIRE_ALL is set: ${reason}`);
  context.skip(reason);
}
