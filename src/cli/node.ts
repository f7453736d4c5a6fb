// ancile node: nodes that forward their records here.
import type { Command } from 'commander';
import { asAdmin } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import type { NodeView } from '../contract/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, print, printJson, table } from './terminal.ts';

interface Common {
  readonly config?: string;
  readonly json?: boolean;
}

const rowOf = ({ name, state, next, lag, missing, gaps, heard }: NodeView): string[] => [
  name,
  state === 'open' ? state : paint(state === 'new' ? 'yellow' : 'red', state),
  String(next),
  String(lag),
  gaps === 0 && missing === 0 ? 'none' : `${gaps} gaps, ${missing} records`,
  heard ?? '-',
];

/** A node whose records cannot be relied upon makes the exit code 1. */
const isWrong = ({ state }: NodeView): boolean => state === 'forked' || state === 'rewound' || state === 'silent';

export function defineNode(program: Command): void {
  const group = program.command('node').description('nodes that forward their records here: list, accept');
  withJson(
    withConfig(group.command('list').description('each node: its records here, its lag, what is missing')),
  ).action(
    action(async ({ config, json }: Common) => {
      const { nodes } = await asAdmin(loadConfig(config), (admin) => admin.listNodes({}));
      if (json === true) printJson({ nodes });
      else if (nodes.length === 0) print('No nodes. Name one under `nodes.enrolled` in the configuration.');
      else print(table(['node', 'state', 'records', 'lag', 'missing', 'heard'], nodes.map(rowOf)));
      return nodes.some(isWrong) ? 1 : 0;
    }),
  );
  withJson(
    withConfig(group.command('accept').description('let a node go on that was put back, or signed two histories')),
  )
    .argument('<name>', 'name of the node')
    .action(
      action(async (name: string, { config, json }: Common) => {
        const { node } = await asAdmin(loadConfig(config), (admin) => admin.acceptNode({ name }));
        if (json === true) printJson({ node });
        else print(`Accepted: ${node.name} goes on from its record ${node.next}.`);
        return 0;
      }),
    );
}
