// Elasticsearch's bulk API: each event has an answer of its own. The id of a document is the event's, so that a copy is one.
import { z } from 'zod';
import { AncileError } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import { toEcs } from '../formats/ecs.ts';
import { createHttpDoor, said } from '../http-door.ts';
import type { SettingsOf } from '../settings.ts';
import { ACCEPTED, type Fate, type Sink, all } from '../sink.ts';

const LIMITS = { maxDepth: 30, maxBytes: 4 * 1024 * 1024, what: 'the answer of the bulk API' };

const Item = z.object({
  status: z.int(),
  error: z.object({ type: z.string().optional(), reason: z.string().nullish() }).optional(),
});
const Bulk = z.object({ errors: z.boolean(), items: z.array(z.object({ create: Item })) });

function fateOf({ status, error }: z.infer<typeof Item>, secret: string | undefined): Fate {
  // 409: a document of this id is there, which is this event.
  if ((status >= 200 && status < 300) || status === 409) return ACCEPTED;
  const reason = [`status ${status}`, said(error?.type, [secret]), said(error?.reason, [secret])]
    .filter(Boolean)
    .join(' ');
  if (status === 429 || status >= 500) return { state: 'busy', reason };
  // Rights, an index that is read-only or missing: no event would fare better, and none is given up for it.
  if (status === 401 || status === 403 || status === 404) return { state: 'again', reason };
  return { state: 'refused', reason };
}

export function createElasticSink({ config, secret, ca }: SettingsOf<'elastic'>): Sink {
  const door = createHttpDoor({
    url: config.url,
    ca,
    timeout: config.timeout,
    headers: {
      'content-type': 'application/x-ndjson',
      ...(secret === undefined ? {} : { authorization: secret }),
    },
  });
  return {
    most: 500,
    target: door.target,
    async deliver(events) {
      const lines = events.map((event) => {
        const action = { create: { _index: config.index, _id: event.id } };
        return `${JSON.stringify(action)}\n${JSON.stringify(toEcs(event))}\n`;
      });
      const { body, fate } = await door.post({ path: '/_bulk', body: lines.join('') });
      if (fate !== undefined) return all(events, fate);
      const { success, data } = Bulk.safeParse(parseJson(body, LIMITS));
      if (!success || data.items.length !== events.length) {
        throw new AncileError('upstream_malformed', 'the bulk API did not answer for every event');
      }
      return data.items.map(({ create }) => fateOf(create, secret));
    },
    close: () => door.close(),
  };
}
