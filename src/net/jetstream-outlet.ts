// Messages into a stream of NATS JetStream. Its client is an optional package, loaded when a sink wants it.
import type { JetStreamClient } from '@nats-io/jetstream';
import type { ConnectionOptions, NatsConnection } from '@nats-io/transport-node';
import { AncileError } from '../base/index.ts';

export interface JetStreamTarget {
  /** `nats://host:port`, `tls://host:port`; from the configuration alone. */
  readonly servers: readonly string[];
  readonly token?: string | undefined;
  /** Contents of a credentials file. */
  readonly credentials?: string | undefined;
  /** PEM of the authority, where the system does not know it. */
  readonly ca?: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
}

export interface JetStreamOutlet {
  /**
   * Publishes one; resolves when the stream has it. One of the same id within the stream's window is kept once.
   * @throws AncileError `upstream_unreachable`, `upstream_timeout`, `upstream_refused`
   */
  publish(subject: string, id: string, payload: string): Promise<void>;
  close(): Promise<void>;
}

/** JetStream's own code of a message that is larger than its stream takes. */
const TOO_LARGE = 10_054;
const LINE = 'npm install @nats-io/transport-node@3 @nats-io/jetstream@3';

async function loadClient() {
  try {
    const [transport, jetstream] = await Promise.all([import('@nats-io/transport-node'), import('@nats-io/jetstream')]);
    return { ...transport, ...jetstream };
  } catch (thrown) {
    throw new AncileError(
      'config_invalid',
      'the packages @nats-io/transport-node and @nats-io/jetstream are not installed',
      {
        hint: `Install them: ${LINE}`,
        cause: thrown,
      },
    );
  }
}

/** A fault of the client, without what it says of hosts. */
function toFault(thrown: unknown): AncileError {
  const name = thrown instanceof Error ? thrown.name : 'unknown fault';
  const refused = name === 'JetStreamApiError' && (thrown as { code?: unknown }).code === TOO_LARGE;
  const code = name === 'TimeoutError' ? 'upstream_timeout' : refused ? 'upstream_refused' : 'upstream_unreachable';
  const what = /NoResponders/.test(name) ? 'no stream takes the subject' : `the message was not taken (${name})`;
  return new AncileError(code, what, { cause: thrown });
}

/** Connects when first used, and again where the connection was lost. */
export function openJetStream({ servers, token, credentials, ca, timeout }: JetStreamTarget): JetStreamOutlet {
  let opened: Promise<{ connection: NatsConnection; stream: JetStreamClient }> | undefined;

  async function open() {
    const client = await loadClient();
    const secure = ca !== undefined || servers.some((server) => server.startsWith('tls://'));
    const options: ConnectionOptions = {
      servers: servers.map((server) => server.replace(/^\w+:\/\//, '')),
      name: 'ancile',
      timeout,
      // Whoever publishes tries again; what is not connected says so at once.
      reconnect: false,
      // Servers that a server tells of are not those that the configuration named.
      ignoreClusterUpdates: true,
      ...(secure ? { tls: ca === undefined ? {} : { ca } } : {}),
      ...(token === undefined ? {} : { token }),
      ...(credentials === undefined
        ? {}
        : { authenticator: client.credsAuthenticator(new TextEncoder().encode(credentials)) }),
    };
    const connection = await client.connect(options);
    void connection.closed().then(() => (opened = undefined));
    return { connection, stream: client.jetstream(connection, { timeout }) };
  }

  return {
    async publish(subject, id, payload) {
      opened ??= open().catch((thrown: unknown) => {
        opened = undefined;
        throw thrown;
      });
      try {
        const { stream } = await opened;
        await stream.publish(subject, payload, { msgID: id, timeout });
      } catch (thrown) {
        throw thrown instanceof AncileError ? thrown : toFault(thrown);
      }
    },
    async close() {
      const connection = await opened?.then((each) => each.connection).catch(() => undefined);
      opened = undefined;
      await connection?.close();
    },
  };
}
