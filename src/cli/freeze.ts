// ancile freeze: one word stops everything.
import type { Command } from 'commander';
import { asAdmin } from '../app/index.ts';
import { type ErrorCode, toAncileError } from '../base/index.ts';
import { loadConfig } from '../config/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { type Common, type TargetOptions, printContainment, tellEffect, toTarget, withTarget } from './containment.ts';
import { printJson, tell } from './terminal.ts';

/** It was asked for, and how far that came nobody said. */
const UNSURE: readonly ErrorCode[] = ['upstream_reset', 'upstream_timeout', 'upstream_unreachable', 'internal'];
/** It is in force all the same, as the error says. */
const IN_FORCE: readonly ErrorCode[] = ['ledger_fault', 'store_fault'];

function tellState(code: ErrorCode): void {
  if (IN_FORCE.includes(code)) return;
  if (UNSURE.includes(code))
    tell('Whether it is frozen is not known: see `ancile incident contained`, or do it again.');
  else tell('NOTHING WAS FROZEN.');
}

export function defineFreeze(program: Command): void {
  const command = program.command('freeze').description('stop everything, or what the options name, at once');
  withTarget(withJson(withConfig(command)))
    .option('--reason <text>', 'why')
    .action(
      action(async (options: Common & TargetOptions & { readonly reason?: string }) => {
        const { config, json, reason = '' } = options;
        try {
          return await asAdmin(loadConfig(config), async (admin) => {
            const frozen = await admin.contain({ action: 'freeze', target: toTarget(options), reason });
            if (json === true) printJson(frozen);
            else printContainment(frozen);
            await tellEffect(admin, frozen);
            // Who waits for a second yes has stopped nothing.
            return frozen.state === 'effective' ? 0 : 1;
          });
        } catch (thrown) {
          tellState(toAncileError(thrown).code);
          throw thrown;
        }
      }),
    );
}
