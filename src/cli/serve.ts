// ancile serve: the gateway, on the configuration or on defaults that work when tried.
import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import { type RunningServer, createLog, startServer } from '../app/index.ts';
import { type LoadedConfig, loadConfig } from '../config/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, print, printJson, tell } from './terminal.ts';

/** A request that works when pasted. */
function tryLine(address: string, key: string, model: string): string {
  return [
    `curl ${address}/v1/chat/completions \\`,
    `  -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" \\`,
    `  -d '{"model":"${model}","messages":[{"role":"user","content":"Hello"}]}'`,
  ].join('\n');
}

/** A model name that the routes serve. */
function anyModel({ config }: LoadedConfig): string {
  const names = Object.keys(config.models);
  const exact = names.find((name) => !name.includes('*'));
  if (exact !== undefined) return exact;
  const pattern = names[0] ?? '*';
  return pattern === '*' ? 'practice-echo' : pattern.replaceAll('*', 'model');
}

function greet(loaded: LoadedConfig, server: RunningServer): void {
  const upstreams = Object.entries(loaded.config.upstreams).map(([name, { kind }]) => `${name} (${kind})`);
  print(`${paint('bold', 'Ancile')} ${server.version} is guarding ${upstreams.join(', ')}`);
  print('');
  print(`  address   ${paint('cyan', server.address)}  (OpenAI: /v1/chat/completions, Anthropic: /v1/messages)`);
  if (server.consoleAddress !== undefined) print(`  console   ${paint('cyan', server.consoleAddress)}`);
  if (server.metricsAddress !== undefined) print(`  metrics   ${paint('cyan', server.metricsAddress)}/metrics`);
  if (server.admissionAddress !== undefined) {
    print(`  admission ${paint('cyan', server.admissionAddress)}/admission/kubernetes`);
  }
  if (server.signInLink !== undefined)
    print(`  sign in   ${paint('cyan', server.signInLink)}  (once, within the hour)`);
  print(`  config    ${loaded.file ?? 'defaults (no ancile.yaml here)'}`);
  if (server.firstKey === undefined) {
    print('  keys      as before; another: npx ancile key create --name NAME');
  } else {
    print(`  first key ${paint('cyan', server.firstKey)}  (shown once)`);
  }
  print('');
  print('Try it:');
  print('');
  print(tryLine(server.address, server.firstKey ?? '$ANCILE_KEY', anyModel(loaded)));
  print('');
  print('Ctrl-C stops it; every exchange is in the ledger: npx ancile ledger list');
}

/** What SIGHUP does: the configuration is read again, as soon as there is a server that can. */
function listenForReload(): (server: RunningServer) => void {
  let running: RunningServer | undefined;
  let asked = false;
  const reload = (server: RunningServer): void => {
    // What went wrong is in the log and on record.
    server.reloadConfig().catch(() => undefined);
  };
  // From the first moment on: unheard, the signal would end the process.
  process.on('SIGHUP', () => {
    if (running === undefined) asked = true;
    else reload(running);
  });
  return (server) => {
    running = server;
    if (asked) reload(server);
  };
}

export function defineServe(program: Command): void {
  withJson(withConfig(program.command('serve').description('run the gateway and the console'))).action(
    action(async (options: { config?: string; json?: boolean }) => {
      // The heap would else grow to several times what is in use before it is collected.
      setFlagsFromString('--heap-growing-percent=20');
      const hasStarted = listenForReload();
      const loaded = loadConfig(options.config);
      const log = createLog();
      const server = await startServer(loaded, log);
      hasStarted(server);
      const {
        address,
        admissionAddress: admission,
        metricsAddress: metrics,
        firstKey,
        consoleAddress,
        signInLink,
      } = server;
      if (options.json === true)
        printJson({ address, admission, metrics, firstKey, console: consoleAddress, signInLink });
      else greet(loaded, server);
      await new Promise<void>((resolve) => {
        let stopping = false;
        const stop = (): void => {
          // A second signal does not wait for what is under way.
          if (stopping) process.exit(3);
          stopping = true;
          if (options.json !== true) tell('Stopping: letting what is under way end. Once more stops at once.');
          void server.close().then(resolve);
        };
        process.on('SIGINT', stop);
        process.on('SIGTERM', stop);
      });
      return 0;
    }),
  );
}
