// ancile unfreeze: one word lets everything go on.
import type { Command } from 'commander';
import { asAdmin } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { type Common, printContainment } from './containment.ts';
import { printJson, tell } from './terminal.ts';

export function defineUnfreeze(program: Command): void {
  withJson(withConfig(program.command('unfreeze [id]').description('lift a freeze; with no id, all there are')))
    .option('--reason <text>', 'why')
    .action(
      action(async (id: string | undefined, options: Common & { readonly reason?: string }) => {
        const { config, json, reason = '' } = options;
        const lifted = await asAdmin(loadConfig(config), async (admin) => {
          const { containments } = await admin.listContainments({});
          const frozen = containments.filter((each) => each.action === 'freeze' && each.state === 'effective');
          const ids = id === undefined ? frozen.map((each) => each.id) : [id];
          const ended = [];
          for (const each of ids) ended.push(await admin.liftContainment({ id: each, reason }));
          return ended;
        });
        if (json === true) printJson({ lifted });
        else if (lifted.length === 0) tell('Nothing is frozen.');
        else lifted.forEach(printContainment);
        return 0;
      }),
    );
}
