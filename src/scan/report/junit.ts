// JUnit XML, which every CI draws: a file is a test case, findings that count are its failure.
import { type ScanReport, type Severity, isAtLeast } from '../../contract/index.ts';

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
/** Messages hold no control characters any more, paths may, and halves of characters on Windows. */
const escape = (text: string): string =>
  text.replace(/[\u0000-\u001f\ufffe\uffff]|\p{Cs}/gu, '?').replace(/[&<>"']/g, (sign) => ESCAPES[sign]!);

/** @param least - findings at least as severe fail their file; undefined where none does */
export function toJunit(report: ScanReport, least: Severity | undefined): string {
  let failures = 0;
  let skipped = 0;
  const cases = report.files.map((file) => {
    const open = `    <testcase classname="${escape(file.format)}" name="${escape(file.path)}"`;
    const failing = file.findings.filter(
      ({ severity, suppressed, known }) =>
        least !== undefined && suppressed === undefined && known === undefined && isAtLeast(severity, least),
    );
    if (failing.length > 0) {
      failures++;
      const lines = failing.map(({ severity, rule, member, message }) =>
        escape(`${severity} ${rule} ${member ?? ''} ${message}`.replaceAll('  ', ' ')),
      );
      return `${open}>\n      <failure type="${file.verdict}" message="${lines[0]}">${lines.join('\n')}</failure>\n    </testcase>`;
    }
    if (file.verdict === 'unanalyzed') {
      skipped++;
      return `${open}>\n      <skipped message="${escape(file.unseen[0]?.reason ?? '')}"/>\n    </testcase>`;
    }
    return `${open}/>`;
  });
  const counts = `tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="ancile scan" ${counts}>`,
    `  <testsuite name="ancile scan" ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
