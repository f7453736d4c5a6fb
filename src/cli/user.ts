// ancile user: who may sign in to the console. Works while the server runs, through its socket, and without it.
import { type Command, InvalidArgumentError } from 'commander';
import { asAdmin, toConsoleAddress, toInviteLink } from '../app/index.ts';
import { AncileError } from '../base/index.ts';
import { type LoadedConfig, loadConfig } from '../config/index.ts';
import { type ApiClient, type Invite, Role, type User } from '../contract/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, print, printJson, showText, table, tell } from './terminal.ts';

interface Common {
  readonly config?: string;
  readonly json?: boolean;
}

const ROLES = Role.options.join(', ');

function parseRole(text: string, before: Role[] = []): Role[] {
  const role = Role.safeParse(text);
  if (!role.success) throw new InvalidArgumentError(`expected one of ${ROLES}`);
  return [...before, role.data];
}

/** By name, however it is written; the server says whether there is such a user when it is asked for the id. */
async function findUser(admin: ApiClient, name: string): Promise<User> {
  const fold = (text: string): string => text.normalize('NFKC').toLowerCase();
  const { users } = await admin.listUsers({});
  const user = users.find((each) => each.id === name || fold(each.name) === fold(name));
  if (user !== undefined) return user;
  throw new AncileError('not_found', 'there is no such user', {
    at: name,
    hint: 'ancile user list shows who there is.',
  });
}

function stateOf(user: User): string {
  if (user.disabled) return 'disabled';
  if (user.invited) return 'invited';
  return user.lockedUntil === undefined ? 'active' : `locked until ${user.lockedUntil}`;
}

/** Where browsers reach the console: of the running server, else as the configuration says. */
async function consoleAddress({ config }: LoadedConfig, admin: ApiClient): Promise<string> {
  const { host, port, tls } = config.server;
  const name = host.includes(':') ? `[${host}]` : host;
  const { address } = await admin.getStatus({});
  return toConsoleAddress(
    config.console.publicUrl,
    address ?? `${tls === undefined ? 'http' : 'https'}://${name}:${port}`,
  );
}

/** A one-time link goes to standard output alone, so that it can be piped to where it is sent from. */
async function showInvite(
  { config, json }: Common,
  make: (admin: ApiClient) => Promise<Invite>,
  begins = false,
): Promise<0> {
  const loaded = loadConfig(config);
  const { invite, link } = await asAdmin(
    loaded,
    async (admin) => {
      const made = await make(admin);
      return { invite: made, link: toInviteLink(await consoleAddress(loaded, admin), made.token) };
    },
    begins,
  );
  if (json === true) printJson({ ...invite, link });
  else {
    print(link);
    const who = `${showText(invite.user.name)} (${invite.user.roles.join(', ')})`;
    tell(`${paint('green', 'Made', process.stderr)} a link for ${who}, good once and until ${invite.expires}.`);
    tell('It is shown this once: whoever opens it first chooses the password.');
  }
  return 0;
}

function defineInvite(group: Command): void {
  withJson(withConfig(group.command('invite').description('make a user and a one-time link to choose a password by')))
    .argument('<name>', 'the name to sign in with; records show it')
    .requiredOption('--role <role>', `${ROLES}; repeatable`, parseRole)
    .action(
      action((name: string, options: Common & { readonly role: Role[] }) =>
        showInvite(options, (admin) => admin.inviteUser({ name, roles: options.role }), true),
      ),
    );
}

function defineList(group: Command): void {
  withJson(withConfig(group.command('list').description('who may sign in'))).action(
    action(async ({ config, json }: Common) => {
      const { users } = await asAdmin(loadConfig(config), (admin) => admin.listUsers({}));
      if (json === true) printJson({ users });
      else if (users.length === 0) print('Nobody yet. Make one: ancile user invite NAME --role admin');
      else {
        const rows = users.map((user) => [
          showText(user.name),
          user.roles.join(' '),
          stateOf(user),
          user.totp ? 'yes' : 'no',
          user.lastSignIn ?? 'never',
        ]);
        print(table(['name', 'roles', 'state', 'second factor', 'last sign-in'], rows));
      }
      return 0;
    }),
  );
}

function defineSwitch(group: Command, verb: 'disable' | 'enable', description: string): void {
  withJson(withConfig(group.command(verb).description(description)))
    .argument('<name>', 'the user’s name')
    .action(
      action(async (name: string, { config, json }: Common) => {
        const user = await asAdmin(loadConfig(config), async (admin) =>
          admin.updateUser({ id: (await findUser(admin, name)).id, disabled: verb === 'disable' }),
        );
        if (json === true) printJson(user);
        else print(`${showText(user.name)} is ${stateOf(user)}.`);
        return 0;
      }),
    );
}

function defineRoles(group: Command): void {
  withJson(withConfig(group.command('roles').description('give other roles; signs the user out')))
    .argument('<name>', 'the user’s name')
    .argument('<role...>', `all he has from now on: ${ROLES}`, parseRole)
    .action(
      action(async (name: string, roles: Role[], { config, json }: Common) => {
        const user = await asAdmin(loadConfig(config), async (admin) =>
          admin.updateUser({ id: (await findUser(admin, name)).id, roles }),
        );
        if (json === true) printJson(user);
        else print(`${showText(user.name)} is ${user.roles.join(', ')}.`);
        return 0;
      }),
    );
}

export function defineUser(program: Command): void {
  const group = program.command('user').description('people who sign in: invite, list, roles, disable, enable, reset');
  defineInvite(group);
  defineList(group);
  defineRoles(group);
  defineSwitch(group, 'disable', 'sign a user out and keep him out');
  defineSwitch(group, 'enable', 'let a user in again; lifts a lock after wrong tries');
  withJson(
    withConfig(group.command('reset').description('void password, second factor and sessions; makes a new link')),
  )
    .argument('<name>', 'the user’s name')
    .action(
      action((name: string, options: Common) =>
        showInvite(options, async (admin) => admin.resetUser({ id: (await findUser(admin, name)).id })),
      ),
    );
}
