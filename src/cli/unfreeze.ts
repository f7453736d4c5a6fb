// ancile unfreeze: one word lets everything go on.
import type { Command } from 'commander';
import { asAdmin } from '../app/index.ts';
import { toAncileError } from '../base/index.ts';
import { loadConfig } from '../config/index.ts';
import type { Containment } from '../contract/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { type Common, printContainment } from './containment.ts';
import { printJson, tell } from './terminal.ts';

export function defineUnfreeze(program: Command): void {
  withJson(withConfig(program.command('unfreeze [id]').description('lift a freeze; with no id, all there are')))
    .option('--reason <text>', 'why')
    .action(
      action(async (id: string | undefined, options: Common & { readonly reason?: string }) => {
        const { config, json, reason = '' } = options;
        const lifted: Containment[] = [];
        const { left, fault } = await asAdmin(loadConfig(config), async (admin) => {
          const live = async (): Promise<Containment[]> =>
            (await admin.listContainments({})).containments.filter(({ state }) => state === 'effective');
          const ids = id === undefined ? (await live()).filter((each) => each.action === 'freeze') : [{ id }];
          let failed: unknown;
          for (const each of ids) {
            try {
              lifted.push(await admin.liftContainment({ id: each.id, reason }));
            } catch (thrown) {
              // Somebody else has lifted it at the same time; and one that cannot be keeps no other.
              if (id !== undefined || toAncileError(thrown).code !== 'conflict') failed ??= thrown;
            }
          }
          return { left: await live(), fault: failed };
        });
        if (json === true) printJson({ lifted, left });
        else if (lifted.length === 0 && fault === undefined) tell('Nothing is frozen.');
        else lifted.forEach(printContainment);
        if (json !== true && left.length > 0) {
          tell(`Still contained: ${left.map((each) => `${each.action} ${each.id}`).join(', ')}.`);
          tell('  See `ancile incident contained`; `ancile incident lift ID` lets each go.');
        }
        if (fault !== undefined) throw toAncileError(fault);
        return 0;
      }),
    );
}
