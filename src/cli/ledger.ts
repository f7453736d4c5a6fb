// ancile ledger: prove the record log, and look into it.
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { asAdmin, dataDirPath } from '../app/index.ts';
import { AncileError } from '../base/index.ts';
import { loadConfig } from '../config/index.ts';
import { Action, type ApiInput, FindingClass } from '../contract/index.ts';
import { type Problem, type StoredRecord, type VerifyReport, verifyLedger } from '../ledger/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, print, printJson, showText, table, tell } from './terminal.ts';

const SHOWN_PROBLEMS = 20;

function placeOf({ seq, range }: Problem): string {
  if (seq !== undefined) return `record ${seq}`;
  return range === undefined ? '' : `records ${range.from} to ${range.to}`;
}

function printReport(report: VerifyReport, anchored: boolean): void {
  const verdict = report.ok ? paint('green', 'The ledger verifies.') : paint('red', 'The ledger does NOT verify.');
  print(`${verdict}  ${report.size} records, ${report.checkpoints} checkpoints, ${report.anchors} anchors`);
  for (const problem of report.problems.slice(0, SHOWN_PROBLEMS)) {
    print(
      `  ${paint('red', problem.kind)}  ${placeOf(problem)}  ${showText(problem.message)}  (${showText(problem.file)})`,
    );
  }
  if (report.problemCount > SHOWN_PROBLEMS)
    print(`  ... and ${report.problemCount - SHOWN_PROBLEMS} more (--json has them)`);
  for (const statement of report.statements) print(`  - ${showText(statement)}`);
  if (report.openExchanges > 0)
    print(`  - ${report.openExchanges} exchanges are open: under way, or ended by a crash.`);
  if (!anchored)
    tell('Next: keep checkpoints elsewhere (ledger.anchorFile) and verify against them with --anchor FILE.');
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new AncileError('usage', `--public-key: ${file} cannot be read`, { at: file, cause });
  }
}

function defineVerify(group: Command): void {
  withJson(
    withConfig(group.command('verify').description('prove the record log offline; exit code 1 where it does not hold')),
  )
    .argument('[dataDir]', 'the data folder (default: the configured one)')
    .option('--anchor <file>', 'checkpoints held elsewhere, to hold the ledger against')
    .option('--public-key <file>', 'SPKI PEM of the signing key, from somewhere you trust (default: the folder’s own)')
    .action(
      action(
        async (
          dataDir: string | undefined,
          options: { config?: string; json?: boolean; anchor?: string; publicKey?: string },
        ) => {
          const report = await verifyLedger(dataDir ?? dataDirPath(loadConfig(options.config)), {
            ...(options.anchor === undefined ? {} : { anchors: options.anchor }),
            ...(options.publicKey === undefined ? {} : { publicKey: readKey(options.publicKey) }),
          });
          if (options.json === true) printJson(report);
          else printReport(report, options.anchor !== undefined);
          return report.ok ? 0 : 1;
        },
      ),
    );
}

/** A record as a line of a table. */
export function summarize(record: StoredRecord): string[] {
  const head = [String(record.seq), record.time, record.kind];
  switch (record.kind) {
    case 'exchange.opened': {
      const { exchange, decision } = record;
      return [...head, decision.action, `${exchange.id} ${exchange.principal.name} ${exchange.model} ${rules(record)}`];
    }
    case 'exchange.closed':
      return [...head, record.outcome, `${record.exchange} ${record.status} ${record.reason ?? ''} ${rules(record)}`];
    case 'access.refused':
      return [...head, record.reason, `${record.count} since ${record.since}`];
    case 'admin.change':
      return [...head, record.action, `${record.actor}: ${record.target} ${record.outcome}`];
    case 'node.state':
      return [...head, record.state, record.version];
    case 'grant':
      return [...head, record.state, `${record.grant} of ${record.principal}: ${record.capability} by ${record.actor}`];
    case 'approval': {
      const who = record.actor === undefined ? '' : `by ${record.actor}`;
      return [...head, record.state, `${record.approval} of ${record.exchange} ${record.direction} ${who}`];
    }
    case 'feedback': {
      const what = `${record.label} ${record.rule ?? ''} ${record.exchange} ${record.segment} by ${record.actor}`;
      return [...head, record.verdict, what];
    }
    case 'artifact.pull':
      return [...head, record.outcome, `${record.model} ${record.file} by ${record.principal} ${record.reason ?? ''}`];
    case 'artifact.push':
      return [
        ...head,
        record.outcome,
        `${record.model} as ${record.tag ?? 'itself'} by ${record.principal} ${record.reason ?? ''}`,
      ];
    case 'model.state':
      return [...head, record.to, `${record.model} by ${record.actor}: ${record.reason}`];
    case 'model.evidence': {
      const said = record.evidence === undefined ? [] : [`${record.evidence.kind} ${record.evidence.says}`];
      const why = record.reason === undefined ? [] : [record.reason];
      return [...head, record.outcome, `${record.model} by ${record.actor}: ${[...said, ...why].join(': ')}`];
    }
    case 'admission.review': {
      const { kind, namespace, name } = record.object;
      const what = `${record.operation} ${kind} ${namespace ?? ''}/${name ?? ''} by ${record.principal}`;
      return [...head, record.outcome, `${what} ${record.reason ?? ''}`];
    }
    case 'registry.event':
      return [...head, record.outcome, `${record.source}:${record.subject} ${record.event} ${record.reason ?? ''}`];
    case 'tool.definition':
      return [
        ...head,
        record.outcome,
        `${record.server}: ${record.type} ${record.name} ${record.digest} ${rules(record)}`,
      ];
    case 'session':
      return [...head, record.state, `${record.actor} ${record.reason ?? ''}`];
    case 'detection':
      return [...head, record.severity, `${record.rule} ${record.count} ${Object.values(record.involved).join(' ')}`];
    case 'incident':
      return [...head, record.event, `${record.incident} ${record.severity} ${record.state} by ${record.actor}`];
    case 'forwarded':
      return [...head, String(record.record?.['kind'] ?? '-'), `${record.origin.node} ${record.origin.seq}`];
    case 'node.stream':
      return [...head, record.event, `${record.origin.node} ${record.from}..${record.to}`];
    case 'imported': {
      const { service, account, event, principal = '-', model } = record;
      return [...head, service, `${account} ${event} ${principal} ${model} ${rules(record)}`];
    }
    case 'containment': {
      const target = Object.entries(record.target).map(([name, value]) => `${name}=${value}`);
      const what = `${record.action} ${target.length === 0 ? 'everything' : target.join(' ')} by ${record.actor}`;
      return [...head, record.outcome, `${record.containment} ${what}: ${record.reason}`];
    }
  }
}

function rules({ findings }: { readonly findings: readonly { readonly rule: string }[] }): string {
  return [...new Set(findings.map((finding) => finding.rule))].join(' ');
}

function defineList(group: Command): void {
  interface Options extends ApiInput<'searchRecords'> {
    readonly config?: string;
    readonly json?: boolean;
  }
  withJson(withConfig(group.command('list').description('the newest records, filtered')))
    .option('--limit <n>', 'at most so many, up to 1000', (text) => Number(text), 20)
    .option('--from <time>', 'ISO 8601, included')
    .option('--to <time>', 'ISO 8601, excluded')
    .option('--principal <id>', 'key id')
    .option('--exchange <id>', 'exchange id, as in the x-ancile-exchange header')
    .option('--kind <kind>', 'such as exchange.closed')
    .option('--before <seq>', 'older than this record: the next page', (text) => Number(text))
    .addOption(new Option('--action <action>', 'what was decided').choices(Action.options))
    .addOption(new Option('--class <class>', 'class of a finding').choices(FindingClass.options))
    .action(
      action(async ({ config, json, ...query }: Options) => {
        const { records } = await asAdmin(loadConfig(config), (admin) => admin.searchRecords(query));
        if (json === true) for (const record of records) printJson(record);
        else if (records.length === 0) print('No record is like that.');
        else {
          const rows = records.map((record) => summarize(record).map(showText));
          print(table(['seq', 'time', 'kind', 'outcome', 'what'], rows));
        }
        return 0;
      }),
    );
}

export function defineLedger(program: Command): void {
  const group = program.command('ledger').description('the record log: verify, list');
  defineVerify(group);
  defineList(group);
}
