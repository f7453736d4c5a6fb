// Splunk's HTTP Event Collector. That it took a batch means little; that the batch is indexed is asked for until it is.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AncileError } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import type { ExportEvent } from '../../contract/index.ts';
import { toValue } from '../formats/line.ts';
import { createHttpDoor, said } from '../http-door.ts';
import type { SettingsOf } from '../settings.ts';
import { ACCEPTED, type Fate, type Sink, all } from '../sink.ts';

const LIMITS = { maxDepth: 20, maxBytes: 4 * 1024 * 1024, what: "the collector's answer" };
/** Between two askings whether a batch is indexed, milliseconds. */
const ASK_MS = 200;
const ASK_MOST_MS = 5000;

const Answer = z.object({
  text: z.string().optional(),
  code: z.int(),
  ackId: z.int().nonnegative().optional(),
  'invalid-event-number': z.int().nonnegative().optional(),
});
const Acks = z.object({ acks: z.record(z.string(), z.boolean()) });

export function createSplunkSink({ config, secret, ca }: SettingsOf<'splunk'>): Sink {
  // Acknowledgements are counted by channel; one is ours.
  const channel = randomUUID();
  const door = createHttpDoor({
    url: config.url,
    ca,
    timeout: config.timeout,
    headers: { authorization: `Splunk ${secret ?? ''}`, 'x-splunk-request-channel': channel },
  });

  function envelope(event: ExportEvent): string {
    return JSON.stringify({
      time: Date.parse(event.time) / 1000,
      host: event.node,
      source: 'ancile',
      sourcetype: config.sourcetype,
      ...(config.index === undefined ? {} : { index: config.index }),
      event: toValue(event, config.format),
      // Indexed, so that copies are found by it.
      fields: { ancile_id: event.id, severity: event.severity },
    });
  }

  function read(body: Buffer): z.infer<typeof Answer> | undefined {
    try {
      return Answer.safeParse(parseJson(body, LIMITS)).data;
    } catch {
      return undefined;
    }
  }

  /** Resolves once the batch is indexed. @throws AncileError `upstream_timeout`: it is sent again */
  async function indexed(ackId: number, signal: AbortSignal): Promise<void> {
    const end = performance.now() + config.timeout;
    for (let wait = ASK_MS; ; wait = Math.min(wait * 2, ASK_MOST_MS)) {
      const { body, fate } = await door.post({
        path: `/services/collector/ack?channel=${channel}`,
        body: JSON.stringify({ acks: [ackId] }),
      });
      if (fate === undefined && Acks.safeParse(parseJson(body, LIMITS)).data?.acks[String(ackId)] === true) return;
      if (performance.now() > end) {
        throw new AncileError('upstream_timeout', 'the batch was taken but not indexed in time');
      }
      await sleep(wait, undefined, { signal, ref: false });
    }
  }

  return {
    most: 200,
    target: door.target,
    async deliver(events, signal) {
      const { body, fate } = await door.post({
        path: '/services/collector/event',
        body: events.map(envelope).join('\n'),
      });
      const answer = read(body);
      if (fate !== undefined) {
        const reason = `${fate.reason} ${said(answer?.text, [secret])}`.trim();
        const bad = answer?.['invalid-event-number'];
        if (fate.state !== 'unclear' || bad === undefined || bad >= events.length)
          return all(events, { ...fate, reason });
        // It names the one that is wrong, and keeps those before it; the rest is sent again.
        return events.map((_, i): Fate => (i === bad ? { state: 'refused', reason } : { state: 'again', reason }));
      }
      if (!config.acknowledge) return all(events, ACCEPTED);
      if (answer?.ackId === undefined) {
        const reason = 'the token has no indexer acknowledgement: switch it on, or set `acknowledge: false`';
        return all(events, { state: 'again', reason });
      }
      await indexed(answer.ackId, signal);
      return all(events, ACCEPTED);
    },
    close: () => door.close(),
  };
}
