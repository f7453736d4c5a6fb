// Writes docs/openapi.json and docs/admin-api.md from the contract's table. Run by `npm run docs`; a test holds the files
// level with what this makes of it.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { API, API_BASE, Permission, ROLE_PERMISSIONS, Role, type Endpoint } from '../src/contract/index.ts';
import { renderOpenApi } from '../src/gateway/admin/openapi.ts';

const root = resolve(import.meta.dirname, '..');
export const OPENAPI_FILE = join(root, 'docs/openapi.json');
export const PAGE_FILE = join(root, 'docs/admin-api.md');

const HEAD = `# The admin interface

<!-- Made by tools/docs-openapi.ts from src/contract/api: change the table there, then run \`npm run docs\`. -->

Everything that the console and the command line do, over HTTP: JSON in, JSON out, below \`${API_BASE}\` on the gateway's own
address. [\`docs/openapi.json\`](openapi.json) describes it in OpenAPI 3.1; a server gives the same at
\`GET ${API_BASE}/openapi.json\`.

## Two doors

- **The socket** \`ancile.sock\` in the data folder, for its owner only (0600): no sign-in, every operation but those of a
  session. The command line uses it.
- **HTTP**, for people: sign in by \`POST ${API_BASE}/session\`, and send back the cookie that comes with the answer
  (\`__Host-ancile\`; without TLS \`ancile\`). Everything that is not a \`GET\` also needs the header \`x-ancile-csrf\` with the
  \`csrf\` of that answer. Requests that another site began, or that name a host this server does not go by, are refused:
  behind a reverse proxy, or for a name of your own, set \`console.publicUrl\`.

A failure is \`{"error":{"code","message","at"?,"hint"?}}\` with the status of its code ([errors](errors.md)); \`at\` is the member
of the input that is wrong. Permissions that are missing are \`forbidden\`; \`unauthenticated\` means to sign in again.

From JavaScript, with types (\`ca\` where the server's certificate is not of a known authority):

\`\`\`ts
import { connectApi } from 'ancile/client';

const ancile = connectApi({ address: 'https://ancile.example:8700' });
await ancile.signIn({ name: 'ada', password: process.env['ANCILE_PASSWORD'] ?? '', code: '123456' });
const { exchanges } = await ancile.searchExchanges({ action: 'block', limit: 10 });
for (const { time, principalName, rules } of exchanges) console.log(time, principalName, rules);
await ancile.signOut({});
await ancile.close();
\`\`\`
`;

const LIVE = `## Live

\`GET ${API_BASE}/live\` (needs \`traffic.read\`) answers with server-sent events as exchanges begin and end: each event's data is
an exchange as in \`GET ${API_BASE}/exchanges\`, with \`outcome\` null while it is under way, told at most five times a second
each. \`event: skipped\` with \`{"count"}\` says that more changed than were told. A reader that does not keep up is cut off, and
the stream ends with the session.

## The approval webhook

\`POST ${API_BASE}/approvals/{id}/webhook\` takes the answer of the service that \`approvals.webhook\` names: known by its
signature, without a session. [Approvals](guides/approvals.md) says how it is signed.
`;

/** What each role may do, as a table. */
function renderRoles(): string {
  const rows = Permission.options.map((permission) => {
    const has = Role.options.map((role) => (ROLE_PERMISSIONS[role].includes(permission) ? 'yes' : ''));
    const local = permission === 'local' ? 'the owner of the data folder alone' : '';
    return `| \`${permission}\` | ${has.join(' | ')} | ${local} |`;
  });
  const head = `| permission | ${Role.options.join(' | ')} | |`;
  return ['## Roles', '', head, `| --- | ${Role.options.map(() => '---').join(' | ')} | --- |`, ...rows].join('\n');
}

function renderOperations(): string {
  const groups = new Map<string, string[]>();
  for (const [name, { method, path, needs, summary }] of Object.entries(API) as [string, Endpoint][]) {
    const group = path.split('/')[1]!;
    const row = `| \`${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}\` | \`${name}\` | \`${needs}\` | ${summary.replaceAll('|', '\\|')} |`;
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  const tables = [...groups].map(([group, rows]) =>
    [`### ${group}`, '', '| operation | name | needs | does |', '| --- | --- | --- | --- |', ...rows].join('\n'),
  );
  const intro = '`public`: anyone; `session`: whoever is signed in; else a permission, of the table above.';
  return ['## Operations', intro, ...tables].join('\n\n');
}

/** The text of docs/openapi.json. */
export async function renderOpenApiFile(): Promise<string> {
  return format(JSON.stringify(renderOpenApi()), { ...(await resolveConfig(OPENAPI_FILE)), parser: 'json' });
}

/** The text of docs/admin-api.md. */
export async function renderAdminPage(): Promise<string> {
  const text = [HEAD, renderRoles(), renderOperations(), LIVE].join('\n\n');
  return format(text, { ...(await resolveConfig(PAGE_FILE)), parser: 'markdown' });
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(OPENAPI_FILE, await renderOpenApiFile());
  writeFileSync(PAGE_FILE, await renderAdminPage());
}
