// ancile key: make, show and end virtual keys. Works while the server runs, through its socket, and without it.
import { type Command, InvalidArgumentError } from 'commander';
import { asAdmin } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import { type Budget, BudgetPeriod, type KeyInfo } from '../contract/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, print, printJson, showText, table, tell } from './terminal.ts';

interface Common {
  readonly config?: string;
  readonly json?: boolean;
}

const MEASURES = { requests: 'requests', tokens: 'tokens', usd: 'costMicros' } as const;

/** `day:requests=1000,usd=5` */
function parseBudget(text: string, before: Budget[] = []): Budget[] {
  const [name, limits = ''] = text.split(':', 2);
  const period = BudgetPeriod.safeParse(name);
  const form = 'expected PERIOD:LIMIT=N[,LIMIT=N], such as day:requests=1000,tokens=200000,usd=5';
  if (!period.success || limits === '') throw new InvalidArgumentError(form);
  const budget: Budget = { period: period.data };
  for (const part of limits.split(',')) {
    const [measure, amount] = part.split('=', 2);
    const value = Number(amount);
    if (measure === undefined || !Object.hasOwn(MEASURES, measure) || !(value > 0))
      throw new InvalidArgumentError(form);
    budget[MEASURES[measure as keyof typeof MEASURES]] = Math.round(measure === 'usd' ? value * 1e6 : value);
  }
  return [...before, budget];
}

/** An ISO time, or a span from now such as 30d or 12h. */
function parseExpiry(text: string): string {
  const span = /^(\d{1,5})([hd])$/.exec(text);
  const ms =
    span === null ? Date.parse(text) : Date.now() + Number(span[1]) * (span[2] === 'h' ? 3_600_000 : 86_400_000);
  if (Number.isNaN(ms)) throw new InvalidArgumentError('expected a span such as 30d or 12h, or an ISO 8601 time');
  return new Date(ms).toISOString();
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];

function stateOf(key: KeyInfo): string {
  if (key.revoked !== undefined) return 'revoked';
  return key.expires !== undefined && Date.parse(key.expires) <= Date.now() ? 'expired' : 'active';
}

function defineCreate(group: Command): void {
  interface Options extends Common {
    readonly name: string;
    readonly tenant?: string;
    readonly kind?: 'service' | 'person' | 'agent';
    readonly route?: string[];
    readonly artifacts?: string[];
    readonly artifactsPush?: string[];
    readonly tools?: string[];
    readonly expires?: string;
    readonly budget?: Budget[];
  }
  withJson(withConfig(group.command('create').description('make a key and show it, once')))
    .requiredOption('-n, --name <name>', 'what the key is for')
    .option('--tenant <name>', 'whose it is (default: default)')
    .option('--kind <kind>', 'service, person or agent (default: service)')
    .option('--route <route>', 'a route it may use, a name or pattern of `models`; repeatable (default: all)', collect)
    .option('--artifacts <pattern>', 'models it may pull, such as hub:org/*; repeatable (default: none)', collect)
    .option('--artifacts-push <pattern>', 'models it may push, in the same form; repeatable (default: none)', collect)
    .option('--tools <pattern>', 'tools it may call, such as files:read_*; repeatable (default: none)', collect)
    .option('--expires <when>', 'a span such as 30d, or an ISO 8601 time', parseExpiry)
    .option('--budget <budget>', 'such as day:requests=1000,tokens=200000,usd=5; repeatable', parseBudget)
    .action(
      action(async ({ config, json, name, tenant, kind, route, expires, budget, ...scopes }: Options) => {
        const { artifacts, artifactsPush, tools } = scopes;
        const models = { artifacts, artifactsPush, tools };
        const request = { name, tenant, kind, routes: route, ...models, budgets: budget, ...(expires && { expires }) };
        const created = await asAdmin(loadConfig(config), (admin) => admin.createKey(request), true);
        if (json === true) {
          printJson(created);
          return 0;
        }
        print(created.key);
        tell(`${paint('green', 'Made', process.stderr)} ${created.info.id}. The key above is shown this once.`);
        return 0;
      }),
    );
}

export function defineKey(program: Command): void {
  const group = program.command('key').description('virtual keys: create, list, revoke');
  defineCreate(group);
  withJson(withConfig(group.command('list').description('show the keys there are'))).action(
    action(async ({ config, json }: Common) => {
      const { keys } = await asAdmin(loadConfig(config), (admin) => admin.listKeys({}));
      if (json === true) printJson({ keys });
      else if (keys.length === 0) print('No keys yet. Make one: ancile key create --name NAME');
      else {
        const rows = keys.map((key) => [
          key.id,
          showText(key.name),
          stateOf(key),
          key.routes.map(showText).join(' '),
          key.artifacts.map(showText).join(' ') || 'none',
          key.artifactsPush.map(showText).join(' ') || 'none',
          key.tools.map(showText).join(' ') || 'none',
          key.expires ?? 'never',
          key.budgets.map(({ period }) => period).join(' ') || 'none',
        ]);
        print(table(['id', 'name', 'state', 'routes', 'models', 'pushes', 'tools', 'expires', 'budgets'], rows));
      }
      return 0;
    }),
  );
  withJson(withConfig(group.command('revoke').description('end a key; what runs on it is cut')))
    .argument('<id>', 'the key’s id, from `ancile key list`')
    .action(
      action(async (id: string, { config, json }: Common) => {
        const info = await asAdmin(loadConfig(config), (admin) => admin.revokeKey({ id }));
        if (json === true) printJson(info);
        else print(`${info.id} (${showText(info.name)}) is revoked since ${info.revoked}.`);
        return 0;
      }),
    );
}
