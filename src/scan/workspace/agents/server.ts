// One tool server (MCP) of a configuration: what is started, or whom is spoken to, with which keys.
import type { Look } from '../../format.ts';
import { judgeCommand } from '../command.ts';
import { type JsonFile, list, record, string, strings } from '../json.ts';
import { judgeName } from '../packages/names.ts';
import { reportHidden, reportOrders } from './instructions.ts';

/** Names under which keys are given. */
const KEY_NAME = /(?:key|token|secret|passw|pwd|credential|auth|cookie|bearer)/i;
const PLACEHOLDER =
  /^$|\$\{|\{\{|^\$\w|^<|>$|^(?:your|my|xxx|example|placeholder|changeme|todo|test|dummy|none|null|true|false|\*+|\.{3})|[-_](?:here|key|token)$|^env:|%\w+%|\binput:/i;
const LOCAL =
  /^https?:\/\/(?:localhost|127\.|\[::1\]|0\.0\.0\.0|host\.docker\.internal|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/i;
const SHELLS = /(?:^|[/\\])(?:ba|z|da|k|fi)?sh$|(?:^|[/\\])(?:cmd|powershell|pwsh)(?:\.exe)?$/i;

/** Whether a value is a key, and not the name of one. */
export const isPlainKey = (name: string, value: string): boolean =>
  KEY_NAME.test(name) &&
  value.replace(/^(?:Bearer|Basic|token)\s+/i, '').length >= 12 &&
  !PLACEHOLDER.test(value.replace(/^(?:Bearer|Basic|token)\s+/i, ''));

/** The package that a runner fetches and runs: `npx -y @a/b@1.2`, `uvx tool==3`. */
function packageOf(
  command: string,
  args: readonly string[],
): { registry: 'npm' | 'pypi'; name: string; version: string | undefined } | undefined {
  const runner = command
    .slice(Math.max(command.lastIndexOf('/'), command.lastIndexOf('\\')) + 1)
    .replace(/\.(?:exe|cmd)$/i, '')
    .toLowerCase();
  const words = [runner, ...args];
  let registry: 'npm' | 'pypi' | undefined;
  let rest: readonly string[] = args;
  if (['npx', 'bunx', 'pnpx'].includes(runner)) registry = 'npm';
  else if (/^(?:pnpm|yarn|npm|bun)$/.test(runner) && /^(?:dlx|exec|x)$/.test(args[0] ?? ''))
    [registry, rest] = ['npm', args.slice(1)];
  else if (runner === 'uvx' || runner === 'pipx') registry = 'pypi';
  else if (runner === 'uv' && args[0] === 'tool' && args[1] === 'run') [registry, rest] = ['pypi', args.slice(2)];
  else if (runner === 'cmd' && /^\/c$/i.test(words[1] ?? '')) return packageOf(args[1] ?? '', args.slice(2));
  if (registry === undefined) return undefined;
  const given = rest.findIndex((arg) => /^(?:--from|--package|-p)$/.test(arg));
  const word = given === -1 ? rest.find((arg) => !arg.startsWith('-') && arg !== 'run') : rest[given + 1];
  if (word === undefined || !/^[@\w]/.test(word) || /^(?:git\+|https?:|file:)/.test(word)) return undefined;
  const match =
    registry === 'npm' ? /^(@?[^@]+)(?:@(.+))?$/.exec(word) : /^([\w.-]+)(?:\[[^\]]*\])?(?:(?:==|@)(.+))?$/.exec(word);
  return match === null ? undefined : { registry, name: match[1]!, version: match[2] };
}

/** Reports what is to be said of one server. */
export function reportServer(name: string, entry: unknown, file: JsonFile, look: Look): void {
  const server = record(entry);
  const line = file.lineOf(`"${name}"`);
  const at = `the tool server ${name}`;
  const [command, url] = [
    string(server['command']),
    string(server['url']) ?? string(server['serverUrl']) ?? string(server['httpUrl']),
  ];
  if (command === undefined && url === undefined) return;
  look.asset('mcp-server', name, url ?? [command, ...strings(server['args'])].join(' '));
  if (url !== undefined) {
    if (/^http:/i.test(url) && !LOCAL.test(url))
      look.report('agent.insecure-server', { message: `${at} is reached at ${url} without encryption`, line });
    else if (/^https:/i.test(url) && !LOCAL.test(url))
      look.report('agent.remote-server', { message: `${at} is somebody else's: ${url}`, line });
  }
  if (command !== undefined) reportCommand(command, strings(server['args']), at, look, line);
  for (const group of ['env', 'headers', 'environment', 'requestInit']) {
    for (const [key, value] of Object.entries(record(server[group]))) {
      if (typeof value !== 'string' || !isPlainKey(key, value)) continue;
      look.report('agent.plain-key', { message: `${at} has its ${key} in plain text`, line: file.lineOf(`"${key}"`) });
      look.asset('key', key, 'in plain text');
    }
  }
  const allowed = [...list(server['autoApprove']), ...list(server['alwaysAllow'])];
  if (allowed.length > 0 || server['trust'] === true || server['autoApprove'] === true) {
    const everything = allowed.includes('*') || server['trust'] === true || server['autoApprove'] === true;
    const message = everything
      ? `calls of ${at} need no approval`
      : `${allowed.length} tools of ${at} need no approval`;
    look.report(everything ? 'agent.no-approval' : 'agent.wide-permission', { message, line });
  }
  // Descriptions within a configuration are read by the model as well.
  for (const text of [
    server['description'],
    ...Object.values(record(server['tools'])).map((tool) => record(tool)['description']),
  ]) {
    if (typeof text !== 'string') continue;
    reportHidden(text, look, () => line);
    reportOrders(text, look, () => line);
  }
}

function reportCommand(command: string, args: readonly string[], at: string, look: Look, line: number): void {
  const whole = [command, ...args].join(' ');
  const found = judgeCommand(whole, 'script');
  if (found !== undefined && found.severity !== 'low' && found.severity !== 'info') {
    look.report('agent.hostile-command', {
      severity: found.severity,
      message: `${at} ${found.says}: ${whole}`,
      line,
      capability: 'execute',
    });
  }
  if (SHELLS.test(command) && args.some((arg) => /^(?:-\w*c|\/c|-command)$/i.test(arg)) && !/^cmd/i.test(command)) {
    look.report('agent.shell-server', { message: `${at} is started through a shell: ${whole}`, line });
  }
  const fetched = packageOf(command, args);
  if (fetched !== undefined) {
    const { registry, name, version } = fetched;
    const says = judgeName(registry, name, version);
    if (says !== undefined) look.report(says.rule, { message: `${at}: ${says.message}`, line });
    if (version === undefined || !/^\d/.test(version))
      look.report('agent.unpinned-server', { message: `${at} runs whichever version of ${name} is newest`, line });
  } else if (args.some((arg) => /^(?:git\+)?https?:\/\//.test(arg)) && /(?:npx|uvx|bunx|pipx)/.test(command)) {
    look.report('agent.unpinned-server', { message: `${at} runs code from an address: ${whole}`, line });
  }
  if (/(?:^|[/\\])(?:docker|podman)$/.test(command)) {
    if (/docker\.sock|--privileged|-v \/:|--net(?:work)?[= ]host/.test(whole))
      look.report('agent.wide-server', { message: `${at} reaches the whole machine: ${whole}`, line });
  } else if (
    args.some((arg) => /^(?:\/|~|~\/|\$HOME|\/home\/?|\/Users\/?|[A-Z]:\\?|\/root)$/.test(arg)) &&
    /filesystem|file|fs/i.test(whole)
  ) {
    look.report('agent.wide-server', { message: `${at} reaches every file: ${whole}`, line });
  }
}
