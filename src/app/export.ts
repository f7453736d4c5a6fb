// The sinks of a configuration, with the secrets, certificates and paths that it names.
import { resolve } from 'node:path';
import { AncileError } from '../base/index.ts';
import { type LoadedConfig, readSecret } from '../config/index.ts';
import type { SecretRef, SinkConfig } from '../contract/index.ts';
import { type Exporter, type SinkSettings, openExporter, openSink } from '../export/index.ts';
import type { Closers } from './closers.ts';
import { readConfigText } from './config-text.ts';
import type { DataDir } from './data-dir.ts';
import type { Logger } from './log.ts';

/** Where the one secret of a kind is named. */
function secretOf(config: SinkConfig): readonly [string, SecretRef | undefined] {
  switch (config.kind) {
    case 'splunk':
    case 'nats':
      return ['token', config.token];
    case 'webhook':
      return ['secret', config.secret];
    case 'slack':
      return ['url', config.url];
    case 'pagerduty':
      return ['routingKey', config.routingKey];
    case 'ocsf':
    case 'elastic':
    case 'otlp':
      return ['authorization', config.authorization];
    case 'syslog':
    case 'file':
      return ['', undefined];
  }
}

function readPem(path: string | undefined, at: string, dir: string): string | undefined {
  if (path === undefined) return undefined;
  const text = readConfigText(dir, path, at);
  // What is none would be found by the first connection, long after the start.
  if (/^-----BEGIN [A-Z0-9 ]+-----/m.test(text)) return text;
  throw new AncileError('config_invalid', `${at}: ${resolve(dir, path)} holds no PEM`, { at });
}

function readSink(name: string, config: SinkConfig, dir: string): SinkSettings {
  const place = `export.sinks.${name}`;
  const [member, ref] = secretOf(config);
  const at = `${place}.${member}`;
  const secret = ref === undefined ? undefined : readSecret(ref, at, dir);
  // It becomes part of a header or of an address: what holds blanks or line ends is not what was meant.
  if (secret !== undefined && !/^[\x20-\x7e]+$/.test(secret)) {
    throw new AncileError('config_invalid', `${at}: the secret holds characters that cannot be sent`, { at });
  }
  if (config.kind === 'slack' && !(URL.canParse(secret!) && /^https?:$/.test(new URL(secret!).protocol))) {
    throw new AncileError('config_invalid', `${at}: the secret is no address`, { at });
  }
  if (config.kind === 'syslog' && (config.cert === undefined) !== (config.key === undefined)) {
    throw new AncileError('config_invalid', `${place}: a certificate needs its key, and a key its certificate`, {
      at: place,
    });
  }
  const pem = (field: 'ca' | 'cert' | 'key'): string | undefined =>
    field in config
      ? readPem((config as unknown as Record<string, string | undefined>)[field], `${place}.${field}`, dir)
      : undefined;
  const settings: SinkSettings = {
    name,
    config,
    secret,
    ca: pem('ca'),
    cert: pem('cert'),
    key: pem('key'),
    ...(config.kind === 'nats' && { credentials: readPem(config.credentials, `${place}.credentials`, dir) }),
    ...(config.kind === 'file' && { path: resolve(dir, config.path) }),
  };
  return settings;
}

/** @throws AncileError `config_invalid` naming the field, never the secret */
export function readSinks({ config, dir }: LoadedConfig): SinkSettings[] {
  return Object.entries(config.export.sinks).map(([name, sink]) => {
    const settings = readSink(name, sink, dir);
    // Opening connects to nothing, and finds what reading does not.
    void openSink(settings).close();
    return settings;
  });
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

/** What leaves the machine where anybody on the way can read it, as sentences. */
export function plainSinks({ config }: LoadedConfig): string[] {
  return Object.entries(config.export.sinks).flatMap(([name, sink]) => {
    const plain =
      sink.kind === 'syslog'
        ? sink.transport !== 'tls' && !LOOPBACK.test(sink.host)
        : sink.kind === 'nats'
          ? sink.servers.some((server) => server.startsWith('nats:') && !LOOPBACK.test(new URL(server).hostname)) &&
            sink.ca === undefined
          : 'url' in sink && typeof sink.url === 'string'
            ? sink.url.startsWith('http:') && !LOOPBACK.test(new URL(sink.url).hostname)
            : false;
    return plain
      ? [`export.sinks.${name}: what is sent, and any secret, can be read on the way: it is not encrypted`]
      : [];
  });
}

/** Sinks have so long, at the end, for what was written last. */
const DRAIN_MS = 2000;

/** Opens the sinks of a running server. */
export async function startExporter(
  {
    data,
    append,
    log,
    sinks,
  }: {
    readonly data: DataDir;
    readonly append: DataDir['ledger']['append'];
    readonly log: Logger;
    readonly sinks: readonly SinkSettings[];
  },
  closers: Closers,
): Promise<Exporter> {
  const exporter = await openExporter({
    store: data.store,
    ledger: data.ledger,
    node: data.node,
    running: true,
    onFault: (err) => log.error({ err }, 'export'),
    onGone: (target, detail) =>
      append({ kind: 'admin.change', actor: 'program', action: 'export.gone', target, outcome: 'done', detail }),
  });
  // After all that writes records: what was written last is delivered, where its receiver is well.
  closers.add(() => exporter.close(DRAIN_MS));
  await exporter.apply(sinks);
  return exporter;
}
