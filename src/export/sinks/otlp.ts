// OTLP logs over HTTP. A partial success says how many were refused and not which: the batch is halved until it is one.
import { z } from 'zod';
import { systemClock } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import { toOtlpLogs } from '../formats/otlp.ts';
import { createHttpDoor, said } from '../http-door.ts';
import type { SettingsOf } from '../settings.ts';
import { ACCEPTED, type Sink, all } from '../sink.ts';

const LIMITS = { maxDepth: 20, maxBytes: 4 * 1024 * 1024, what: 'the answer of the collector' };
const PATH = '/v1/logs';

/** An int64 is text in JSON; some servers write a number. */
const Answer = z.object({
  partialSuccess: z
    .object({ rejectedLogRecords: z.union([z.string(), z.number()]).default(0), errorMessage: z.string().default('') })
    .nullish(),
});

export function createOtlpSink({ config, secret, ca }: SettingsOf<'otlp'>): Sink {
  const door = createHttpDoor({
    url: config.url,
    ca,
    timeout: config.timeout,
    ...(secret === undefined ? {} : { headers: { authorization: secret } }),
  });
  // The address of the collector, or of its logs.
  const path = new URL(config.url).pathname.replace(/\/+$/, '').endsWith(PATH) ? '' : PATH;
  return {
    most: 200,
    target: door.target,
    async deliver(events) {
      const { body, fate } = await door.post({ path, body: JSON.stringify(toOtlpLogs(events, systemClock())) });
      if (fate !== undefined) return all(events, fate);
      const partial = body.length === 0 ? undefined : Answer.safeParse(parseJson(body, LIMITS)).data?.partialSuccess;
      if (Number(partial?.rejectedLogRecords ?? 0) === 0) return all(events, ACCEPTED);
      return all(events, { state: 'unclear', reason: `refused: ${said(partial?.errorMessage, [secret])}` });
    },
    close: () => door.close(),
  };
}
