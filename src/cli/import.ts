// ancile import: what other services logged, put on record here.
import { type Command, Option } from 'commander';
import { type BadLine, asAdmin, readLogFiles } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import { LogService } from '../contract/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { print, printJson, showText, tell } from './terminal.ts';

/** Bad lines that are told one by one; the rest are counted. */
const TOLD = 1000;

interface Options {
  readonly config?: string;
  readonly json?: boolean;
  readonly format: LogService;
  readonly inspect: boolean;
}

export function defineImport(program: Command): void {
  const group = program.command('import').description('what other services logged: logs');
  withJson(withConfig(group.command('logs').description('calls of models that a cloud logged, each once')))
    .argument('<path...>', 'files or folders, JSON lines, also as .gz')
    .addOption(new Option('--format <service>', 'whose log it is').choices(LogService.options).makeOptionMandatory())
    .option('--no-inspect', 'do not judge the texts, nor take them along')
    .action(
      action(async (paths: string[], { config, json, format, inspect }: Options) => {
        const sum = { added: 0, known: 0, findings: 0 };
        const bad: BadLine[] = [];
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
}
