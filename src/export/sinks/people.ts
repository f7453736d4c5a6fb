// What calls people: Slack, a few events a message, and PagerDuty, an alert for what belongs together.
import { toPagerDuty, toSlack } from '../formats/messages.ts';
import { createHttpDoor } from '../http-door.ts';
import type { SettingsOf } from '../settings.ts';
import { ACCEPTED, type Fate, type Sink, all } from '../sink.ts';
import { oneByOne } from './one-by-one.ts';

/** Slack takes about one message a second: a burst must not become a stream of them. */
const SLACK_MOST = 10;

export function createSlackSink({ config, secret, ca }: SettingsOf<'slack'>): Sink {
  const door = createHttpDoor({ url: secret ?? '', ca, timeout: config.timeout });
  return {
    most: SLACK_MOST,
    target: door.target,
    async deliver(events) {
      const { fate } = await door.post({ body: JSON.stringify(toSlack(events)) });
      return all(events, fate ?? ACCEPTED);
    },
    close: () => door.close(),
  };
}

export function createPagerDutySink({ config, secret, ca }: SettingsOf<'pagerduty'>): Sink {
  const door = createHttpDoor({ url: config.url, ca, timeout: config.timeout });
  return {
    most: 20,
    target: door.target,
    async deliver(events): Promise<readonly Fate[]> {
      // In order: what ends an alert must not come before it.
      return oneByOne(events, 1, (event) =>
        door.post({ path: '/v2/enqueue', body: JSON.stringify(toPagerDuty(event, secret ?? '')) }),
      );
    },
    close: () => door.close(),
  };
}
