// ancile freeze: one word stops everything.
import type { Command } from 'commander';
import { asAdmin } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { type Common, type TargetOptions, printContainment, toTarget, withTarget } from './containment.ts';
import { printJson } from './terminal.ts';

export function defineFreeze(program: Command): void {
  const command = program.command('freeze').description('stop everything, or what the options name, at once');
  withTarget(withJson(withConfig(command)))
    .option('--reason <text>', 'why')
    .action(
      action(async (options: Common & TargetOptions & { readonly reason?: string }) => {
        const { config, json, reason = '' } = options;
        const frozen = await asAdmin(loadConfig(config), (admin) =>
          admin.contain({ action: 'freeze', target: toTarget(options), reason }),
        );
        if (json === true) printJson(frozen);
        else printContainment(frozen);
        return 0;
      }),
    );
}
