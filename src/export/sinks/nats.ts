// NATS JetStream: each event is acknowledged by the stream, which takes its id for a copy's.
import { toAncileError } from '../../base/index.ts';
import { openJetStream } from '../../net/index.ts';
import { toLine } from '../formats/line.ts';
import type { SettingsOf } from '../settings.ts';
import { ACCEPTED, type Fate, type Sink } from '../sink.ts';

export function createNatsSink({ config, secret, credentials, ca }: SettingsOf<'nats'>): Sink {
  const { servers, subject, timeout, format } = config;
  const outlet = openJetStream({ servers, token: secret, credentials, ca, timeout });
  return {
    most: 200,
    target: `${servers.map((server) => new URL(server).host).join(', ')} ${subject}`,
    deliver: (events) =>
      Promise.all(
        events.map(async (event): Promise<Fate> => {
          try {
            await outlet.publish(subject, event.id, toLine(event, format));
            return ACCEPTED;
          } catch (thrown) {
            const { code, message } = toAncileError(thrown);
            return { state: code === 'upstream_refused' ? 'refused' : 'again', reason: message };
          }
        }),
      ),
    close: () => outlet.close(),
  };
}
