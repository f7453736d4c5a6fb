// Configurations of agents: their tool servers, what they may do unasked, what runs by itself.
import type { Format, Look } from '../../format.ts';
import { judgeCommand } from '../command.ts';
import { type JsonFile, list, readJson, record, string, strings } from '../json.ts';
import { reportSecrets, watchKeys } from '../secrets.ts';
import { isPlainKey, reportServer } from './server.ts';

/** Keys under which clients keep their tool servers: Claude, Cursor, Windsurf, Cline, Gemini; VS Code; Zed; opencode. */
const SERVERS = /"(?:mcpServers|mcp|context_servers|servers|amp\.mcpServers)"\s*:/;
const MCP_NAME =
  /^\.?(?:mcp|mcp[-_](?:config|settings|servers)|cline_mcp_settings|claude_desktop_config|mcp\.local)\.json$/;
/** What agents read besides: permissions, hooks, approvals. */
const SETTINGS =
  /"(?:permissions|hooks|defaultMode|dangerouslySkipPermissions|enableAllProjectMcpServers|apiKeyHelper|autoApprove|alwaysAllow|chat\.tools\.(?:autoApprove|global\.autoApprove)|chat\.agent\.[\w.]+|approval_policy|yolo|autoAccept|mcpServers)"\s*:/;
const SETTINGS_NAME =
  /^(?:settings(?:\.local)?|config|\.claude|opencode|agent|agents|permissions|hooks|cli-config)\.jsonc?$/;
const TASKS_NAME = /^(?:tasks|devcontainer|\.devcontainer)\.json$/;

/** Addresses of model services, by the variable that moves them. */
const OFFICIAL =
  /^https:\/\/(?:[\w-]{1,60}\.){0,4}(?:anthropic\.com|openai\.com|googleapis\.com|azure\.com|amazonaws\.com|mistral\.ai|openrouter\.ai|deepseek\.com|groq\.com|together\.(?:ai|xyz)|moonshot\.(?:cn|ai)|bigmodel\.cn|z\.ai|aliyuncs\.com)(?:[:/]|$)|^https?:\/\/(?:localhost|127\.|\[::1\]|0\.0\.0\.0|host\.docker\.internal)/i;
const MOVES =
  /^(?:ANTHROPIC|OPENAI|GEMINI|GOOGLE|AZURE_OPENAI|CLAUDE|LITELLM|CODEX)\w*_(?:BASE_URL|API_BASE|ENDPOINT)$|^HTTPS?_PROXY$/i;

/** A brace behind comments, each of which can end in one place only. */
const OPENING = /^\s*(?:\/\/[^\n]*\n\s*|\/\*(?:[^*]|\*(?!\/)){0,500}\*\/\s*){0,10}\{/;

export const agentConfig: Format = {
  id: 'agent-config',
  match({ text, name }) {
    if (!OPENING.test(text)) return false;
    if (MCP_NAME.test(name) || /"mcpServers"\s*:/.test(text)) return 'likely';
    if (SETTINGS_NAME.test(name) && (SETTINGS.test(text) || SERVERS.test(text))) return 'likely';
    return TASKS_NAME.test(name) && /"(?:runOn|\w+Command|image|tasks)"\s*:/.test(text) ? 'likely' : false;
  },
  scan(source, outer) {
    const { look, told } = watchKeys(outer);
    const file = readJson(source, look, 8 << 20);
    if (file === undefined) return;
    const top = record(file.value);
    const servers = [
      top['mcpServers'],
      top['servers'],
      top['context_servers'],
      top['amp.mcpServers'],
      top['mcp'],
      record(top['mcp'])['servers'],
    ];
    // Claude keeps those of each project apart.
    for (const project of Object.values(record(top['projects']))) servers.push(record(project)['mcpServers']);
    for (const group of servers)
      for (const [name, entry] of Object.entries(record(group))) reportServer(name, entry, file, look);
    reportSettings(top, file, look);
    reportHooks(top, file, look);
    reportTasks(top, file, look);
    reportSecrets(file.text, look, told);
  },
};

function reportSettings(top: Readonly<Record<string, unknown>>, file: JsonFile, look: Look): void {
  const permissions = record(top['permissions']);
  const free = (message: string, key: string): void =>
    look.report('agent.no-approval', { message, line: file.lineOf(`"${key}"`) });
  if (permissions['defaultMode'] === 'bypassPermissions' || top['defaultMode'] === 'bypassPermissions')
    free('asks for no permission at all', 'defaultMode');
  if (top['dangerouslySkipPermissions'] === true || top['yolo'] === true || top['autoAccept'] === true)
    free('acts without asking', top['yolo'] === true ? 'yolo' : 'autoAccept');
  if (top['enableAllProjectMcpServers'] === true)
    free('starts every tool server that a project names', 'enableAllProjectMcpServers');
  for (const key of ['chat.tools.autoApprove', 'chat.tools.global.autoApprove'])
    if (top[key] === true) free('calls every tool without asking', key);
  if (top['approval_policy'] === 'never') free('asks for no approval', 'approval_policy');
  for (const rule of strings(permissions['allow'])) {
    const everything = /^(?:Bash|Shell|\*|Bash\(\*(?::\*)?\)|Shell\(\*\)|mcp__\*)$/.test(rule);
    const line = file.lineOf(JSON.stringify(rule));
    if (everything) look.report('agent.no-approval', { message: `may run any command unasked: ${rule}`, line });
    else if (
      /^(?:Bash|Shell)\((?:curl|wget|sudo|rm|ssh|bash|sh|python3?|node|eval)\b[^)]{0,40}\*\)$|^(?:Write|Edit)\((?:\/|~)\*{0,2}\)$|^WebFetch$/.test(
        rule,
      )
    ) {
      look.report('agent.wide-permission', { message: `may do this unasked: ${rule}`, line });
    }
  }
  for (const [name, value] of Object.entries(record(top['env']))) {
    if (typeof value !== 'string') continue;
    const line = file.lineOf(`"${name}"`);
    if (MOVES.test(name) && /^https?:/i.test(value) && !OFFICIAL.test(value)) {
      look.report('agent.redirected', {
        message: `sends what the agent reads to ${value} (${name})`,
        line,
        capability: 'network',
      });
    } else if (isPlainKey(name, value)) {
      look.report('agent.plain-key', { message: `holds ${name} in plain text`, line });
      look.asset('key', name, 'in plain text');
    }
  }
  const model = string(top['model']);
  if (model !== undefined) look.asset('model', model, 'the model of an agent');
}

/** Reports a command that runs without being asked for. */
function reportUnasked(command: string, when: string, file: JsonFile, look: Look): void {
  const found = judgeCommand(command, 'script');
  const line = file.lineOf(JSON.stringify(command).slice(0, 80));
  const hostile = found !== undefined && found.severity !== 'low' && found.severity !== 'info';
  const message = `${hostile ? found.says : 'runs a command'} ${when}: ${command.slice(0, 200)}`;
  look.report(hostile ? 'agent.hostile-command' : 'agent.hook', {
    message,
    ...(hostile ? { severity: found.severity } : {}),
    line,
    capability: 'execute',
  });
}

function reportHooks(top: Readonly<Record<string, unknown>>, file: JsonFile, look: Look): void {
  for (const [event, entries] of Object.entries(record(top['hooks']))) {
    for (const entry of list(entries)) {
      const own = string(record(entry)['command']);
      const commands = [
        ...(own === undefined ? [] : [own]),
        ...list(record(entry)['hooks']).map((hook) => string(record(hook)['command'])),
      ];
      for (const command of commands) if (command !== undefined) reportUnasked(command, `at ${event}`, file, look);
    }
  }
  for (const key of ['apiKeyHelper', 'awsAuthRefresh', 'otelHeadersHelper']) {
    const command = string(top[key]);
    if (command !== undefined) reportUnasked(command, `for ${key}`, file, look);
  }
  const status = string(record(top['statusLine'])['command']);
  if (status !== undefined) reportUnasked(status, 'for its status line', file, look);
}

/** Tasks and containers of editors that start as a folder is opened. */
function reportTasks(top: Readonly<Record<string, unknown>>, file: JsonFile, look: Look): void {
  for (const task of list(top['tasks'])) {
    const { command, args, runOptions, runOn } = record(task);
    if (record(runOptions)['runOn'] !== 'folderOpen' && runOn !== 'folderOpen') continue;
    if (typeof command === 'string')
      reportUnasked([command, ...strings(args)].join(' '), 'as the folder is opened', file, look);
  }
  for (const key of [
    'initializeCommand',
    'onCreateCommand',
    'updateContentCommand',
    'postCreateCommand',
    'postStartCommand',
    'postAttachCommand',
  ]) {
    const value = top[key];
    const commands =
      typeof value === 'string'
        ? [value]
        : Array.isArray(value)
          ? [strings(value).join(' ')]
          : Object.values(record(value)).filter((each) => typeof each === 'string');
    for (const command of commands) reportUnasked(command, `for ${key}`, file, look);
  }
}
