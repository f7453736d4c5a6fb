// What must hold of any file's report, however the file was made: fuzzing asks it of every case.
import { FileReport, ScanReport, Severity } from '../../contract/index.ts';
import { type Scanner, examine } from '../examine.ts';
import { toInventory } from '../report/inventory.ts';
import { toJunit } from '../report/junit.ts';
import { toSarif } from '../report/sarif.ts';
import { MemorySource } from '../source.ts';
import type { FuzzCase } from './mutate.ts';

/** CPU time that one file may take, in milliseconds: the bound that is promised. */
export const MOST_CPU = 2000;
/** What one file may add to the memory of the process, in MB, beside what files before it left. */
const MOST_MEMORY = 200;

export interface Checked {
  /** What is wrong, in sentences; empty when all is well. */
  readonly problems: readonly string[];
  /** CPU time of the one look, in milliseconds. */
  readonly cpu: number;
}

type Report = Omit<FileReport, 'sha256'>;

/**
 * Examines a case and holds its report against what must be.
 * @param thorough - looks twice, and renders the report in every form
 */
export function checkCase(scanner: Scanner, given: FuzzCase, thorough: boolean): Checked {
  const look = (bytes: Buffer): Report => examine(scanner, given.name, new MemorySource(bytes));
  const problems: string[] = [];
  const before = process.resourceUsage();
  let report: Report;
  try {
    report = look(given.bytes);
  } catch (thrown) {
    return { problems: [`threw ${thrown instanceof Error ? thrown.stack : String(thrown)}`], cpu: 0 };
  }
  const after = process.resourceUsage();
  const cpu = (after.userCPUTime + after.systemCPUTime - before.userCPUTime - before.systemCPUTime) / 1000;
  const grown = (after.maxRSS - before.maxRSS) / 1024;
  if (cpu > MOST_CPU) problems.push(`took ${cpu.toFixed(0)} ms of CPU time`);
  if (grown > MOST_MEMORY) problems.push(`took ${grown.toFixed(0)} MB more memory than any before`);
  problems.push(...problemsOf(report, given.bytes));
  if (given.appendedTo !== undefined && report.verdict === 'clean' && look(given.appendedTo).verdict === 'malicious') {
    problems.push('is clean, and was malicious before bytes were appended');
  }
  if (thorough) {
    if (JSON.stringify(look(given.bytes)) !== JSON.stringify(report))
      problems.push('has another report the second time');
    problems.push(...renderingProblems(report, scanner));
  }
  return { problems, cpu };
}

function problemsOf(report: Report, bytes: Buffer): string[] {
  const problems: string[] = [];
  const parsed = FileReport.safeParse(report);
  if (!parsed.success) problems.push(`does not fit the schema: ${parsed.error.issues[0]!.path.join('.')}`);
  for (const { reason, member } of report.unseen) {
    if (reason.includes('the scanner failed'))
      problems.push(`a fault of the scanner: ${reason} (${member ?? 'itself'})`);
  }
  const sizes = new Map<string, number>();
  for (const { path, size } of report.members) sizes.set(path, Math.max(size, sizes.get(path) ?? 0));
  for (const { rule, offset, member } of report.findings) {
    const size = member === undefined ? bytes.length : sizes.get(member);
    if (offset !== undefined && size !== undefined && offset > size) {
      problems.push(`${rule} lies at ${offset} of ${size} bytes (${member ?? 'itself'})`);
    }
  }
  if (
    report.findings.length > 0 &&
    report.verdict === 'clean' &&
    report.findings.some(({ severity }) => severity === 'high')
  ) {
    problems.push('is clean with a finding of high severity');
  }
  return problems;
}

const ATTRIBUTE = String.raw`\s+[a-z]+="[^"<]*"`;
const TAG = new RegExp(`^(?:/[a-z]+|[a-z]+(?:${ATTRIBUTE})*\\s*/?)$`);

/** What is wrong with XML as far as JUnit's goes: characters, entities, tags and their order. */
export function xmlProblems(xml: string): string[] {
  const problems: string[] = [];
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(xml))
    problems.push('holds a character that is none');
  if (/&(?!(?:amp|lt|gt|quot|apos);)/.test(xml)) problems.push('holds a bare ampersand');
  const open: string[] = [];
  const body = xml.replace(/^<\?xml [^?]*\?>/, '');
  for (const [, tag] of body.matchAll(/<([^>]*)>?/g)) {
    const name = /[a-z]+/.exec(tag!)?.[0] ?? '';
    if (!TAG.test(tag!)) problems.push(`holds the tag <${tag!.slice(0, 80)}>`);
    else if (tag!.startsWith('/')) {
      if (open.pop() !== name) problems.push(`closes ${name}, which is not open`);
    } else if (!tag!.endsWith('/')) open.push(name);
  }
  if (open.length > 0) problems.push(`leaves ${open.join(', ')} open`);
  return problems;
}

function renderingProblems(report: Report, scanner: Scanner): string[] {
  const none = Object.fromEntries(Severity.options.map((severity) => [severity, 0])) as Record<Severity, number>;
  const counts = { files: 1, clean: 0, suspicious: 0, malicious: 0, unanalyzed: 0, bytes: report.size };
  const whole: ScanReport = {
    tool: { name: 'ancile', version: '0' },
    files: [report],
    summary: { ...counts, findings: none, suppressed: 0, known: 0, ignored: 0 },
    inventory: toInventory([report]),
    notes: [],
  };
  try {
    const problems = ScanReport.safeParse(whole).success ? [] : ['the whole report does not fit its schema'];
    problems.push(...xmlProblems(toJunit(whole, 'low')).map((problem) => `JUnit ${problem}`));
    const sarif = JSON.stringify(toSarif(whole, scanner.rules));
    for (const [, uri] of sarif.matchAll(/"uri":"([^"]*)"/g)) {
      if (!/^[\x21-\x7e]*$/.test(uri!)) problems.push(`SARIF names the file ${uri}`);
    }
    // JSON.stringify writes a half of a character as an escape, which readers of UTF-8 refuse.
    if (/\\ud[89a-f]/i.test(sarif.replaceAll('\\\\', ''))) problems.push('SARIF holds half a character');
    return problems;
  } catch (thrown) {
    return [`rendering threw ${thrown instanceof Error ? thrown.stack : String(thrown)}`];
  }
}
