// ancile scan: what is in model files and what lies around them, without loading anything.
import { writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { AncileError, type ExitCode, systemCode } from '../base/index.ts';
import { type FileReport, type ScanReport, Severity, isAtLeast } from '../contract/index.ts';
import { VERSION } from '../config/index.ts';
import type * as ScanRoom from '../scan/index.ts';
import { documentTime } from './bom.ts';
import { action } from './command.ts';
import { createProgress } from './progress.ts';
import { printEndpoint, printFileReport, printScanSummary } from './scan-text.ts';
import { print, tell } from './terminal.ts';

const FORMATS = ['text', 'json', 'sarif', 'junit', 'cyclonedx'] as const;

interface Options {
  readonly format: (typeof FORMATS)[number];
  readonly json?: boolean;
  readonly endpoint?: string | true;
  readonly all?: boolean;
  readonly failOn: Severity | 'never';
  readonly failOnUnanalyzed?: boolean;
  readonly suppressions?: string;
  readonly baseline?: string;
  readonly ignore: boolean;
  readonly writeBaseline?: string;
  readonly output?: string;
}

/** Scans all; stopped by Ctrl-C, it ends after the file under way with what was scanned so far. */
async function runScan(
  scan: ScanRoom.Scan,
  paths: readonly string[],
  onReport: (report: FileReport) => void,
): Promise<boolean> {
  const progress = createProgress('looked at');
  let stopped = false;
  const stop = (): void => void (stopped = true);
  process.once('SIGINT', stop);
  try {
    let breath = performance.now();
    for (const report of scan.run(paths)) {
      progress.note(report.size);
      onReport(report);
      // Signals arrive between turns of the loop.
      if (performance.now() - breath > 50) {
        await setImmediate();
        breath = performance.now();
      }
      if (stopped) break;
    }
  } finally {
    progress.end();
    process.removeListener('SIGINT', stop);
  }
  return !stopped;
}

async function render(
  room: typeof ScanRoom,
  report: ScanReport,
  format: 'json' | 'sarif' | 'junit' | 'cyclonedx',
  scanner: ScanRoom.Scanner,
  least: Severity | undefined,
): Promise<string> {
  if (format === 'cyclonedx') {
    const { scanToCyclonedx } = await import('../attest/index.ts');
    return JSON.stringify(scanToCyclonedx(report, documentTime(undefined)), undefined, 2);
  }
  if (format === 'sarif') return JSON.stringify(room.toSarif(report, scanner.rules));
  return format === 'junit' ? room.toJunit(report, least) : JSON.stringify(report);
}

/** @throws AncileError `usage` for options that do not go together */
function checkUsage(paths: readonly string[], options: Options, format: string): void {
  if (options.output !== undefined && format === 'text') {
    throw new AncileError('usage', '--output is for json, sarif, junit and cyclonedx', { hint: 'Add --format.' });
  }
  if (options.endpoint === undefined) {
    if (paths.length > 0) return;
    throw new AncileError('usage', 'nothing to scan', { hint: 'Name files or folders: ancile scan .' });
  }
  if (paths.length > 0) throw new AncileError('usage', '--endpoint looks over one home folder, not further paths');
  const other = (['suppressions', 'baseline', 'writeBaseline'] as const).find((name) => options[name] !== undefined);
  if (other !== undefined || format === 'sarif' || format === 'junit' || format === 'cyclonedx') {
    throw new AncileError('usage', '--endpoint gives text or JSON, without baseline or suppressions');
  }
}

/** @throws AncileError `usage` where the file cannot be written */
function writeTo(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (thrown) {
    throw new AncileError('usage', `${path} cannot be written (${systemCode(thrown) ?? 'fault'})`, {
      cause: thrown,
      hint: 'Name a file in a folder that exists, on a disk with room.',
    });
  }
}

function write(text: string, output: string | undefined): void {
  if (output === undefined) return print(text);
  writeTo(output, `${text}\n`);
  tell(`the report is in ${output}`);
}

export function defineScan(program: Command): void {
  program
    .command('scan')
    .description('say what model files and the files around them would do, without loading anything')
    .argument('[paths...]', 'files and folders')
    .option('--endpoint [home]', 'look over a workstation instead: what its home folder holds of AI; default yours')
    .addOption(new Option('--format <format>', 'of the report').choices(FORMATS).default('text'))
    .option('--json', 'the same as --format json')
    .option('-o, --output <file>', 'write the report there instead of printing it')
    .option('--all', 'show clean files as well')
    .addOption(
      new Option('--fail-on <severity>', 'exit code 1 for findings as severe as this')
        .choices([...Severity.options, 'never'])
        .default('high'),
    )
    .option('--fail-on-unanalyzed', 'exit code 1 as well where something could not be looked at')
    .option('--suppressions <file>', 'findings that do not count, each with reason, owner and end')
    .option('--baseline <file>', 'fail on findings only that are not in it')
    .option('--no-ignore', 'look at what .ancileignore of the working folder leaves out')
    .option('--write-baseline <file>', 'write what is there now, for --baseline')
    .action(
      action(async (paths: string[], options: Options): Promise<ExitCode> => {
        // Who stops reading (`| head`) ends the process before there is a verdict: that must not look like a fine one.
        process.exitCode = 3;
        const { failOn, output } = options;
        const format = options.json === true ? 'json' : options.format;
        checkUsage(paths, options, format);
        // Its many formats are loaded where they are wanted, and at no other command's start.
        const room = await import('../scan/index.ts');
        const scanner = room.shippedScanner();
        if (options.endpoint !== undefined) {
          const home = options.endpoint === true ? undefined : options.endpoint;
          const inventory = room.lookOverEndpoint(home, scanner);
          if (format === 'text') printEndpoint(inventory);
          else write(JSON.stringify(inventory), output);
          return failOn !== 'never' && inventory.findings.some(({ severity }) => isAtLeast(severity, failOn)) ? 1 : 0;
        }
        const scan = new room.Scan(scanner, {
          now: Date.now(),
          ignore: options.ignore,
          ...(options.suppressions === undefined ? {} : { suppressions: options.suppressions }),
          ...(options.baseline === undefined ? {} : { baseline: options.baseline }),
        });
        const complete = await runScan(scan, paths, (report) => {
          if (format === 'text' && (options.all === true || !isQuiet(report))) printFileReport(report);
        });
        const report = scan.report(VERSION, complete);
        // A baseline of a part would let the rest fail as if it were new.
        if (options.writeBaseline !== undefined && complete)
          writeTo(options.writeBaseline, room.renderBaseline(report.files));
        const least = failOn === 'never' ? undefined : failOn;
        const failed =
          (least !== undefined && room.reaches(report, least)) ||
          (options.failOnUnanalyzed === true && report.summary.unanalyzed > 0);
        if (format === 'text') printScanSummary(report, failed);
        else write(await render(room, report, format, scanner, least), output);
        if (!complete) return 3;
        return failed ? 1 : 0;
      }),
    );
}

/** Nothing in the report that a person has to read. */
function isQuiet({ verdict, findings }: FileReport): boolean {
  return (
    verdict === 'clean' && findings.every(({ severity, suppressed }) => suppressed !== undefined || severity === 'info')
  );
}
