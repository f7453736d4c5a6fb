// OCSF over HTTP: a JSON array or lines of JSON. A status of 2xx is the receiver's word.
import { toOcsf } from '../formats/ocsf.ts';
import { createHttpDoor } from '../http-door.ts';
import type { SettingsOf } from '../settings.ts';
import { ACCEPTED, type Sink, all } from '../sink.ts';

export function createOcsfSink({ config, secret, ca }: SettingsOf<'ocsf'>): Sink {
  const lines = config.framing === 'lines';
  const door = createHttpDoor({
    url: config.url,
    ca,
    timeout: config.timeout,
    headers: {
      'content-type': lines ? 'application/x-ndjson' : 'application/json',
      ...(secret === undefined ? {} : { authorization: secret }),
    },
  });
  return {
    most: 200,
    target: door.target,
    async deliver(events) {
      const values = events.map(toOcsf);
      const body = lines ? values.map((each) => `${JSON.stringify(each)}\n`).join('') : JSON.stringify(values);
      const { fate } = await door.post({ body });
      return all(events, fate ?? ACCEPTED);
    },
    close: () => door.close(),
  };
}
