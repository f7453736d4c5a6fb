// Every kind of record in every form: conforming, within bounds, and never steered by the text that is in it.
import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExportEvent, RECORD_KINDS } from '../../contract/index.ts';
import { requireOrSkip } from '../../../test/skips.ts';
import { renderWithin } from '../describe/bounds.ts';
import { toEvent } from '../describe/describe.ts';
import { gapEvent, testEvent } from '../own-events.ts';
import { EVIDENCE, NOTE, everyRecord, hostileText } from '../testing/records.ts';
import { checkEcs, checkOcsf, checkOtlp } from '../testing/schema-checks.ts';
import { readCef, readFrames, readSyslog } from '../testing/text-forms.ts';
import { toCef } from './cef.ts';
import { toEcs } from './ecs.ts';
import { slackText } from './escape.ts';
import { toLine } from './line.ts';
import { toPagerDuty, toSlack } from './messages.ts';
import { toOcsf } from './ocsf.ts';
import { toOtlpLogs } from './otlp.ts';
import { toFrame, toSyslog } from './syslog.ts';

const eventsOf = (text: string): ExportEvent[] => [
  ...everyRecord(text).map(toEvent),
  gapEvent('node_01', { from: 3, to: 9, time: '2026-03-04T05:06:07.890Z' }),
  testEvent('node_01', 9, Date.parse('2026-03-04T05:06:07.890Z')),
  { ...toEvent(everyRecord(text)[0]!), family: 'incident', activity: 'close', ends: true },
];

const SYSLOG = { facility: 13, enterprise: 32_473, processId: 7 } as const;
/** Characters that no form may let through as they are. */
const STEERING = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

function property(check: (events: ExportEvent[], text: string) => void): void {
  fc.assert(
    fc.property(hostileText, (text) => check(eventsOf(text), text)),
    { numRuns: 60 },
  );
}

describe('events', () => {
  it('are there for every kind of record, as the contract has them, each with an id of its own', () => {
    const records = everyRecord('x');
    expect(new Set(records.map(({ kind }) => kind))).toEqual(new Set(RECORD_KINDS));
    property((events) => {
      for (const event of events) expect(ExportEvent.strict().parse(event)).toEqual(event);
    });
    const ids = records.map((record) => toEvent(record).id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(records.map((record) => toEvent(record).id)).toEqual(ids);
  });

  it('are made of records of kinds that this version does not know, of what all have', () => {
    const later = { ...everyRecord('x')[0]!, kind: 'later.kind', secret: 'x' } as never;
    expect(toEvent(later)).toMatchObject({ kind: 'later.kind', family: 'other', severity: 'info' });
    expect(JSON.stringify(toEvent(later))).not.toContain('openai');
  });

  it('are other events where a ledger that was put back gives a number again', () => {
    const [record] = everyRecord('x');
    expect(toEvent({ ...record!, time: '2026-03-04T05:06:07.891Z' }).id).not.toBe(toEvent(record!).id);
  });

  it('hold nothing of what was written or noted, in any form', () => {
    for (const event of eventsOf('name')) {
      const forms = [
        ...(['json', 'ocsf', 'ecs', 'cef'] as const).map((format) => toLine(event, format)),
        JSON.stringify(toOtlpLogs([event], 0)),
        JSON.stringify(toSlack([event])),
        JSON.stringify(toPagerDuty(event, 'key')),
        toSyslog(event, { ...SYSLOG, format: 'cef' }).toString(),
      ];
      for (const form of forms) {
        expect(form).not.toContain(EVIDENCE);
        expect(form).not.toContain(NOTE);
      }
    }
  });

  it('are bounded, whatever the record holds', () => {
    const [record] = everyRecord('x'.repeat(100_000));
    const finding = (record as { findings: object[] }).findings[0]!;
    const huge = { ...record!, findings: Array.from({ length: 5000 }, () => finding) } as typeof record & object;
    const event = toEvent(huge as never);
    expect(event.shortened).toBe(true);
    expect(event.findings.length).toBe(20);
    for (const format of ['json', 'ocsf', 'ecs', 'cef'] as const)
      expect(toLine(event, format).length).toBeLessThan(30_000);
  });
});

describe('forms', () => {
  it('CEF: a reader finds the fields that were put in, and no other', () => {
    const plain = eventsOf('x').map((event) => [...readCef(toCef(event)).extension.keys()]);
    property((events) => {
      for (const [i, event] of events.entries()) {
        const line = toCef(event);
        expect(line).not.toMatch(STEERING);
        const { header, extension } = readCef(line);
        expect(header.slice(4, 6)).toEqual([event.kind, event.title]);
        expect(extension.get('externalId')).toBe(event.id);
        expect(extension.get('act')).toBe(event.action ?? event.activity);
        // An empty text leaves its field; none is added.
        for (const key of extension.keys()) expect(plain[i]).toContain(key);
      }
    });
  });

  it('syslog: one message a frame, with its structured data whole', () => {
    property((events) => {
      for (const format of ['cef', 'json', 'ocsf'] as const) {
        const bytes = Buffer.concat(events.map((event) => toFrame(toSyslog(event, { ...SYSLOG, format }))));
        const messages = readFrames(bytes);
        expect(messages.length).toBe(events.length);
        for (const [i, message] of messages.entries()) {
          const read = readSyslog(message);
          expect(message).not.toMatch(STEERING);
          expect(read.data.get('ancile@32473')?.get('id')).toBe(events[i]!.id);
          expect([...read.data.keys()]).toEqual(['origin', 'ancile@32473']);
          expect(read.messageId).toBe(events[i]!.kind);
          if (format === 'json') expect(JSON.parse(read.text)).toEqual(events[i]);
        }
      }
    });
  });

  it('syslog: a message keeps within its bound, and says that something was left out', () => {
    for (const event of eventsOf('é]"\\'.repeat(200))) {
      for (const format of ['cef', 'json', 'ocsf'] as const) {
        const bytes = renderWithin(event, 2048, (each) => toSyslog(each, { ...SYSLOG, format }));
        expect(bytes.length, `${event.kind} ${format}`).toBeLessThanOrEqual(2048);
        expect(readSyslog(bytes.toString()).data.get('ancile@32473')?.get('id')).toBe(event.id);
      }
    }
  });

  it('OCSF: what the class demands is there', () => {
    property((events) => {
      for (const event of events) expect(checkOcsf(toOcsf(event)), event.kind).toEqual([]);
    });
    const classes = new Map(everyRecord('x').map((record) => [record.kind, toOcsf(toEvent(record))['class_uid']]));
    expect(Object.fromEntries(classes)).toMatchObject({
      'node.state': 6002,
      session: 3001,
      'tool.definition': 2004,
      'admission.review': 2004,
      feedback: 6003,
    });
    expect(toOcsf(toEvent(everyRecord('x')[0]!))['class_uid']).toBe(2004);
    expect(toOcsf(toEvent(everyRecord('x')[1]!))['class_uid']).toBe(6003);
    expect(checkOcsf({ ...toOcsf(toEvent(everyRecord('x')[1]!)), src_endpoint: undefined })).not.toEqual([]);
  });

  it('OCSF: classes and activities are those of the schema', (context) => {
    const file = resolve(import.meta.dirname, '../../../../shared/data/standards/ocsf.json');
    requireOrSkip(
      context,
      existsSync(file) || process.env['ANCILE_REQUIRE_ALL'] !== undefined,
      'no copy of the schema',
    );
    if (!existsSync(file)) return context.skip('no copy of the schema');
    const { classes } = JSON.parse(readFileSync(file, 'utf8')) as {
      classes: { class_uid: number; caption: string; category_uid: number; activities: Record<string, string> }[];
    };
    let compared = 0;
    for (const value of eventsOf('x').map(toOcsf)) {
      if (value['class_uid'] === 0) continue;
      const row = classes.find(({ class_uid }) => class_uid === value['class_uid'])!;
      expect(row.category_uid).toBe(value['category_uid']);
      expect(row.caption).toBe(value['class_name']);
      const activity = row.activities[String(value['activity_id'])];
      if (activity !== undefined) expect(activity).toBe(value['activity_name']);
      // The list leaves out what a class takes from the one above it: of findings, create, update and close.
      else expect(value['activity_id'] === 99 || value['class_uid'] === 2004).toBe(true);
      compared++;
    }
    expect(compared).toBeGreaterThan(20);
  });

  it('ECS: fields, types, categories', () => {
    property((events) => {
      for (const event of events) expect(checkEcs(toEcs(event)), event.kind).toEqual([]);
    });
    expect(checkEcs({ ...toEcs(eventsOf('x')[0]!), foo: 1 })).toContain('foo is no field of ECS');
  });

  it('OTLP: the JSON form of protobuf', () => {
    property((events) => {
      const { wrong, ids } = checkOtlp(JSON.parse(JSON.stringify(toOtlpLogs(events, 1_772_600_000_000))));
      expect(wrong).toEqual([]);
      expect(ids).toEqual(events.map(({ id }) => id));
    });
  });

  it('Slack: plain text within bounds, no mention, no link, no emphasis', () => {
    property((events, text) => {
      for (let i = 0; i < events.length; i += 10) {
        const message = toSlack(events.slice(i, i + 10)) as {
          text: string;
          blocks: { text: { type: string; text: string } }[];
        };
        expect(message.blocks.length).toBeLessThanOrEqual(10);
        for (const block of message.blocks) {
          expect(block.text.type).toBe('plain_text');
          expect(block.text.text.length).toBeLessThanOrEqual(3000);
        }
        for (const each of [message.text, ...message.blocks.map((block) => block.text.text)]) {
          expect(each).not.toMatch(/[<>@]|:\/\//);
        }
      }
      expect(slackText(text)).not.toMatch(/[<>@]|:\/\/|&(?!amp;|lt;|gt;)/);
    });
  });

  it('PagerDuty: within the bounds of the API, one alert for what belongs together', () => {
    property((events) => {
      for (const event of events) {
        const body = toPagerDuty(event, 'R'.repeat(32)) as {
          dedup_key: string;
          event_action: string;
          payload?: { summary: string; source: string; severity: string };
        };
        expect(body.dedup_key.length).toBeLessThanOrEqual(255);
        if (event.ends === true) expect(body.event_action).toBe('resolve');
        else {
          expect(body.event_action).toBe('trigger');
          expect(body.payload!.summary.length).toBeLessThanOrEqual(1024);
          expect(body.payload!.source).not.toBe('');
          expect(['critical', 'error', 'warning', 'info']).toContain(body.payload!.severity);
        }
        expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(512_000);
      }
    });
    const [opened, , , closed] = everyRecord('x').map(
      (record) => toPagerDuty(toEvent(record), 'k') as { dedup_key: string },
    );
    expect(opened!.dedup_key).toBe(closed!.dedup_key);
  });
});
