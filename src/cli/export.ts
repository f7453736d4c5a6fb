// ancile export: the sinks that records are told to, whether each takes them, and what one would not take.
import { type Command, InvalidArgumentError } from 'commander';
import { asAdmin } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import type { SinkView } from '../contract/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, print, printJson, showText, table, tell } from './terminal.ts';

interface Common {
  readonly config?: string;
  readonly json?: boolean;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1000) return count;
  throw new InvalidArgumentError('expected a whole number from 1 to 1000');
}

function parseSeq(text: string, before: number[] = []): number[] {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('expected the number of a record');
  return [...before, Number(text)];
}

function rowOf(sink: SinkView): string[] {
  const { records, seconds } = sink.lag;
  return [
    sink.name,
    sink.kind ?? '-',
    showText(sink.target ?? '-'),
    sink.state,
    String(sink.cursor),
    records === 0 ? 'none' : `${records} records, ${Math.round(seconds)} s`,
    String(sink.retries),
    String(sink.deadLetters),
    String(sink.gaps.length),
  ];
}

function defineList(group: Command): void {
  withJson(
    withConfig(group.command('list').description('each sink: its place in the ledger, its lag, its last error')),
  ).action(
    action(async ({ config, json }: Common) => {
      const { sinks } = await asAdmin(loadConfig(config), (admin) => admin.listSinks({}));
      if (json === true) printJson({ sinks });
      else if (sinks.length === 0) print('No sinks. Name one under `export.sinks` in the configuration.');
      else {
        print(table(['name', 'kind', 'to', 'state', 'cursor', 'lag', 'retries', 'dead', 'gaps'], sinks.map(rowOf)));
        for (const { name, lastError } of sinks) {
          if (lastError !== undefined) tell(`${name}: ${showText(lastError.message)} (${lastError.time})`);
        }
      }
      return 0;
    }),
  );
}

export function defineExport(program: Command): void {
  const group = program.command('export').description('sinks for other tools: list, test, dead letters, replay');
  defineList(group);
  withJson(
    withConfig(group.command('test').description('send an event that says it is a test, and tell what came of it')),
  )
    .argument('<sink>', 'name of the sink')
    .action(
      action(async (name: string, { config, json }: Common) => {
        const result = await asAdmin(loadConfig(config), (admin) => admin.testSink({ name }));
        if (json === true) printJson(result);
        else if (result.accepted) print(`${paint('green', 'Accepted')} in ${result.durationMs} ms: ${result.id}`);
        else print(`${paint('red', 'Not accepted')}: ${showText(result.reason ?? '')}`);
        return result.accepted ? 0 : 1;
      }),
    );
  withJson(withConfig(group.command('dead').description('what the receiver would not take, oldest first')))
    .argument('<sink>', 'name of the sink')
    .option('--limit <n>', 'at most so many, up to 1000', parseCount, 100)
    .action(
      action(async (name: string, { config, json, limit }: Common & { readonly limit: number }) => {
        const { total, letters } = await asAdmin(loadConfig(config), (admin) => admin.listDeadLetters({ name, limit }));
        if (json === true) printJson({ total, letters });
        else if (total === 0) print('None.');
        else {
          const rows = letters.map(({ seq, time, attempts, replayable, reason }) =>
            [String(seq), time, String(attempts), replayable ? 'yes' : 'no, pruned', reason].map(showText),
          );
          print(table(['record', 'time', 'tries', 'replayable', 'reason'], rows));
          if (total > letters.length) tell(`${total} in all.`);
        }
        return 0;
      }),
    );
  withJson(withConfig(group.command('replay').description('send what the receiver would not take once more')))
    .argument('<sink>', 'name of the sink')
    .option('--record <seq>', 'only this record; repeatable (default: the oldest 1000)', parseSeq)
    .action(
      action(async (name: string, { config, json, record }: Common & { readonly record?: number[] }) => {
        const input = { name, ...(record === undefined ? {} : { seqs: record }) };
        const result = await asAdmin(loadConfig(config), (admin) => admin.replaySink(input));
        if (json === true) printJson(result);
        else {
          const { delivered, refused, gone, left } = result;
          print(`${delivered} delivered, ${refused} refused again, ${gone} pruned from the ledger; ${left} left.`);
        }
        return result.refused > 0 ? 1 : 0;
      }),
    );
}
