import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { type AiAsset, type FileReport, ScanVerdict, Severity } from '../contract/index.ts';
import { printFileReport } from './scan-text.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 60 });
const place = fc.option(anyText, { nil: undefined });
const finding = fc
  .record({
    severity: fc.constantFrom(...Severity.options),
    message: anyText,
    member: place,
    offset: fc.option(fc.nat(), { nil: undefined }),
  })
  .map(({ severity, message, member, offset }) => ({
    ...{ rule: 'zip.crc', severity, message, techniques: [] },
    ...(member === undefined ? {} : { member }),
    ...(offset === undefined ? {} : { offset }),
  }));
const report: fc.Arbitrary<FileReport> = fc
  .record({
    path: anyText,
    verdict: fc.constantFrom(...ScanVerdict.options),
    findings: fc.array(finding, { maxLength: 30 }),
    reasons: fc.array(anyText, { maxLength: 3 }),
  })
  .map(({ path, verdict, findings, reasons }) => ({
    ...{ path, format: 'zip', verdict, size: 1, findings, members: [], assets: [] as AiAsset[] },
    unseen: reasons.map((reason) => ({ reason })),
  }));

it('whatever a report holds, a terminal gets lines of plain text', () => {
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  try {
    fc.assert(
      fc.property(report, (each) => {
        lines.length = 0;
        printFileReport(each);
        for (const line of lines) expect(line).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]*\n$/);
      }),
    );
  } finally {
    write.mockRestore();
  }
});
