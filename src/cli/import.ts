// ancile import: what other services logged, put on record here.
import { type Command, Option } from 'commander';
import { asAdmin, readLogFiles } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import { type ImportBadLine, type ImportView, LogService } from '../contract/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, print, printJson, showText, table, tell } from './terminal.ts';

/** Bad lines that are told one by one; the rest are counted. */
const TOLD = 1000;

interface Options {
  readonly config?: string;
  readonly json?: boolean;
  readonly format: LogService;
  readonly inspect: boolean;
}

const rowOf = ({ name, format, from, state, level, files, added, known, badLines }: ImportView): string[] => [
  name,
  format,
  showText(from),
  paint(state === 'failing' ? 'red' : state === 'stopped' ? 'yellow' : 'green', state),
  level ?? '-',
  String(files),
  `${added} (${known} known)`,
  String(badLines),
];

export function defineImport(program: Command): void {
  const group = program.command('import').description('what other services logged: logs, list');
  withJson(withConfig(group.command('logs').description('calls of models that a cloud logged, each once')))
    .argument('<path...>', 'files or folders, JSON lines, also as .gz')
    .addOption(new Option('--format <service>', 'whose log it is').choices(LogService.options).makeOptionMandatory())
    .option('--no-inspect', 'do not judge the texts, nor take them along')
    .action(
      action(async (paths: string[], { config, json, format, inspect }: Options) => {
        const sum = { added: 0, known: 0, findings: 0 };
        const bad: ImportBadLine[] = [];
        let badLines = 0;
        const read = await asAdmin(loadConfig(config), (admin) =>
          readLogFiles(paths, {
            ...{ service: format, inspect },
            async take(calls) {
              const answer = await admin.importLogs({ calls });
              for (const name of ['added', 'known', 'findings'] as const) sum[name] += answer[name];
            },
            onBad(line) {
              if (badLines++ < TOLD) bad.push(line);
            },
          }),
        );
        if (json === true) printJson({ read, ...sum, badLines, bad });
        else {
          print(`${read} calls read: ${sum.added} added, ${sum.known} on record already; ${sum.findings} findings.`);
          for (const { file, line, message } of bad) {
            tell(`${showText(file)}${line === undefined ? '' : `:${line}`}: ${showText(message)}`);
          }
          if (badLines > bad.length) tell(`... and ${badLines - bad.length} more`);
          if (badLines > 0) tell(`${badLines} lines are not on record.`);
        }
        return badLines > 0 ? 1 : 0;
      }),
    );
  withJson(
    withConfig(group.command('list').description('sources of `imports`: how far each is, and what could not be read')),
  ).action(
    action(async ({ config, json }: Pick<Options, 'config' | 'json'>) => {
      const { imports } = await asAdmin(loadConfig(config), (admin) => admin.listImports({}));
      if (json === true) printJson({ imports });
      else if (imports.length === 0) print('No sources. Name one under `imports` in the configuration.');
      else {
        print(table(['source', 'format', 'from', 'state', 'level', 'files', 'calls', 'bad lines'], imports.map(rowOf)));
        for (const { name, fault, bad } of imports) {
          if (fault !== undefined) tell(`${name}: ${showText(fault)}`);
          for (const { file, line, message } of bad) {
            tell(`${name}: ${showText(file)}${line === undefined ? '' : `:${line}`}: ${showText(message)}`);
          }
        }
      }
      return imports.some(({ state }) => state === 'failing') ? 1 : 0;
    }),
  );
}
