// ancile incident drill: whether a playbook stops what it is to stop, measured on practice traffic.
import type { Command } from 'commander';
import { runDrill } from '../app/index.ts';
import { action, withJson } from './command.ts';
import { paint, print, printJson, showText, table } from './terminal.ts';

export function defineDrill(group: Command): void {
  withJson(
    group
      .command('drill <playbook>')
      .description('run a playbook (or FILE.json) against practice traffic, and measure'),
  ).action(
    action(async (playbook: string, { json }: { readonly json?: boolean }) => {
      const report = await runDrill(playbook);
      const { ok, orderMs, containments, lanes, underWay, problems } = report;
      if (json === true) {
        printJson(report);
        return ok ? 0 : 1;
      }
      print(`${paint('bold', showText(playbook))}: in force ${orderMs} ms after the order, evidence and all`);
      for (const { what, state, effectMs } of containments) print(`  ${showText(what)}: ${state}${effectMs === undefined ? '' : `, ${effectMs} ms`}`); // prettier-ignore
      const lines = lanes.map((lane) => {
        const { name, meant, before, tried, gotThrough, containMs, again } = lane;
        const spared = meant === 'spared';
        const through = paint(gotThrough > 0 === spared ? 'green' : gotThrough > 0 ? 'red' : 'dim', String(gotThrough));
        return [
          name,
          meant,
          String(before),
          String(tried),
          through,
          spared ? '' : `${containMs} ms`,
          again ? 'yes' : 'no',
        ];
      });
      print(
        table(
          ['path', 'meant', 'passed before', 'tried after', 'got through', 'to contain', 'back when lifted'],
          lines,
        ),
      );
      for (const { name, meant, ended, containMs } of underWay) {
        const outcome = ended ? `ended after ${containMs} ms` : 'went on';
        print(`  ${name}: ${outcome}${meant ? '' : ' (this playbook does not end what is under way)'}`);
      }
      for (const problem of problems) print(`${paint('red', '✗')} ${showText(problem)}`);
      print(ok ? paint('green', 'Nothing got through.') : paint('red', 'It does not hold.'));
      return ok ? 0 : 1;
    }),
  );
}
