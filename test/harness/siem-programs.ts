// The real receivers of events: rsyslogd and nats-server, each with a port and a folder of its own.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { requireOrSkip } from '../skips.ts';
import { atEnd, tempFolder } from './cleanup.ts';
import { eventually } from './server.ts';

const has = (program: string, argument: string): boolean => spawnSync(program, [argument]).status === 0;
export const hasRsyslog = has('rsyslogd', '-v');
export const hasNats = has('nats-server', '-v');
/** The driver of TLS is a package of its own. */
export const hasRsyslogTls = hasRsyslog && findDriver() && has('openssl', 'version');

function findDriver(): boolean {
  const places = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'];
  return places.some((place) => existsSync(join(place, 'rsyslog/lmnsd_gtls.so')));
}

export function requireRsyslog(context: TestContext, tls = false): void {
  requireOrSkip(context, hasRsyslog, 'rsyslogd not installed');
  if (tls) requireOrSkip(context, hasRsyslogTls, 'rsyslog-gnutls or openssl not installed');
}

export function requireNats(context: TestContext): void {
  requireOrSkip(context, hasNats, 'nats-server not installed');
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A program that can be killed, and started again as it was. */
class Program {
  readonly #command: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #output = '';

  constructor(command: string, args: readonly string[]) {
    this.#command = command;
    this.#args = args;
    atEnd(() => this.kill());
  }

  get output(): string {
    return this.#output;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    const child = spawn(this.#command, this.#args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#child = child;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }
}

export interface Rsyslog {
  readonly port: number;
  /** PEM file of its authority, where it speaks TLS. */
  readonly ca: string | undefined;
  /** A certificate that its authority signed, for those who show one. */
  readonly client: { readonly cert: string; readonly key: string } | undefined;
  /** What it wrote: a line a message. */
  lines(): string[];
  /** Stops it reading: connections come about, and what is sent waits in the system's buffers. */
  freeze(): void;
  /** Ends it at once, whatever it was doing. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** Self-signed authority, and a certificate of it for 127.0.0.1 and localhost. */
function makeCertificates(dir: string): { ca: string; cert: string; key: string } {
  const run = (...args: string[]): void => {
    const { status, stderr } = spawnSync('openssl', args, { cwd: dir, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  run('req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test authority');
  run('req', ...curve, '-keyout', 'key.pem', '-out', 'csr.pem', '-subj', '/CN=localhost');
  writeFileSync(
    join(dir, 'ext'),
    'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n',
  );
  run(
    'x509',
    '-req',
    '-in',
    'csr.pem',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'ext',
    '-out',
    'cert.pem',
  );
  return { ca: join(dir, 'ca.pem'), cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
}

/**
 * rsyslogd on a port of its own. Its queue is `Direct`: what it has read is written before it reads on, as whoever wants to
 * lose nothing sets it up.
 */
export async function startRsyslog(transport: 'tcp' | 'udp' | 'tls'): Promise<Rsyslog> {
  const dir = tempFolder();
  const port = await freePort();
  const file = join(dir, 'out.log');
  const certificates = transport === 'tls' ? makeCertificates(dir) : undefined;
  const driver =
    certificates === undefined
      ? ''
      : ` StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/certvalid"`;
  const globals =
    certificates === undefined
      ? ''
      : ` defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="${certificates.ca}" defaultNetstreamDriverCertFile="${certificates.cert}" defaultNetstreamDriverKeyFile="${certificates.key}"`;
  const input = transport === 'udp' ? 'imudp' : 'imtcp';
  const config = `
global(workDirectory="${dir}" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="on"${globals})
module(load="${input}"${driver})
template(name="whole" type="string" string="%rawmsg%\\n")
ruleset(name="out" queue.type="Direct") { action(type="omfile" file="${file}" template="whole" asyncWriting="off" ioBufferSize="1k" flushOnTXEnd="on") }
input(type="${input}" address="127.0.0.1" port="${port}" ruleset="out")
`;
  const path = join(dir, 'rsyslog.conf');
  writeFileSync(path, config);
  const program = new Program('rsyslogd', ['-n', '-f', path, '-i', join(dir, 'rsyslog.pid'), '-C']);
  const started = async (): Promise<void> => {
    program.start();
    await eventually(async () => {
      if (transport === 'udp') return portsOf('udp').includes(port) ? true : undefined;
      return portsOf('tcp').includes(port) ? true : undefined;
    });
  };
  await started();
  return {
    port,
    ca: certificates?.ca,
    client: certificates,
    lines: () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []),
    freeze: () => void process.kill(program.pid!, 'SIGSTOP'),
    kill: () => program.kill(),
    async start() {
      spawnSync('rm', ['-f', join(dir, 'rsyslog.pid')]);
      await started();
    },
  };
}

/** Local ports of IPv4 that something listens on, from the system's own table. */
function portsOf(protocol: 'tcp' | 'udp'): number[] {
  const rows = readFileSync(`/proc/net/${protocol}`, 'utf8').trim().split('\n').slice(1);
  const listening = protocol === 'tcp' ? '0A' : '07';
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter((cells) => cells[3] === listening)
    .map((cells) => parseInt(cells[1]!.split(':')[1]!, 16));
}

export interface NatsServer {
  readonly url: string;
  kill(): Promise<void>;
  start(): Promise<void>;
}

export async function startNats(token?: string): Promise<NatsServer> {
  const dir = join(tempFolder(), 'js');
  mkdirSync(dir);
  const port = await freePort();
  const args = [
    '-a',
    '127.0.0.1',
    '-p',
    String(port),
    '-js',
    '-sd',
    dir,
    ...(token === undefined ? [] : ['--auth', token]),
  ];
  const program = new Program('nats-server', args);
  const started = async (): Promise<void> => {
    program.start();
    await eventually(() => (portsOf('tcp').includes(port) ? true : undefined));
  };
  await started();
  return { url: `nats://127.0.0.1:${port}`, kill: () => program.kill(), start: started };
}
