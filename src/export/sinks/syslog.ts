// Syslog, RFC 5424. Over streams a batch has a connection of its own, and counts when the receiver has read to its end: the
// protocol has no word for that, but closing in order says it. Over UDP nothing is ever known.
import { openDatagrams, sendStream } from '../../net/index.ts';
import { renderWithin } from '../describe/bounds.ts';
import { toFrame, toSyslog } from '../formats/syslog.ts';
import type { SettingsOf } from '../settings.ts';
import { ACCEPTED, type Sink, all } from '../sink.ts';

const PORTS = { tcp: 514, tls: 6514, udp: 514 } as const;

export function createSyslogSink({ config, ca, cert, key }: SettingsOf<'syslog'>): Sink {
  const { host, transport, timeout, maxBytes, format, facility, enterprise } = config;
  const port = config.port ?? PORTS[transport];
  const form = { format, facility, enterprise, processId: process.pid };
  const render = (event: Parameters<typeof toSyslog>[0]): Buffer =>
    renderWithin(event, maxBytes, (each) => toSyslog(each, form));
  const target = `${host}:${port} (${transport})`;
  if (transport === 'udp') {
    return {
      most: 100,
      target,
      async deliver(events) {
        // A name may have come to mean another address.
        const datagrams = await openDatagrams({ host, port });
        try {
          for (const event of events) await datagrams.send(render(event));
        } finally {
          await datagrams.close();
        }
        return all(events, ACCEPTED);
      },
      close: async () => undefined,
    };
  }
  const tls = transport === 'tls' ? { tls: { ca, cert, key } } : {};
  return {
    most: 500,
    target,
    async deliver(events, signal) {
      const frames = Buffer.concat(events.map((event) => toFrame(render(event))));
      await sendStream({ host, port, timeout, ...tls }, frames, signal);
      return all(events, ACCEPTED);
    },
    close: async () => undefined,
  };
}
