// Writes docs/configuration.md from the configuration's schema, so that the reference cannot drift from what is parsed.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { Config } from '../src/contract/index.ts';

/** The part of JSON Schema that the configuration comes out as. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

interface Row {
  readonly field: string;
  readonly type: string;
  readonly fallback: string;
  readonly description: string;
}

const root = resolve(import.meta.dirname, '..');
const FILE = join(root, 'docs/configuration.md');

const HEAD = `# Configuration

<!-- Made by tools/docs-configuration.ts from src/contract/config.ts: change the schema, then run \`npm run docs\`. -->

\`ancile.yaml\` in the working folder, or the file that \`--config\` names; without either the defaults below hold, and the
practice model answers. Every field is optional unless it says _required_. A field that is not listed is an error: a
misspelt limit must not be a limit that is not there. \`ancile config check\` tells whether a file is right, with line
and field.

- Paths are relative to the configuration file.
- A _duration_ is a number with its unit: \`500ms\`, \`30s\`, \`15m\`, \`12h\`, \`30d\`.
- A _secret_ is named, never written: \`{ env: NAME }\` reads an environment variable, \`{ file: PATH }\` a file (trimmed).
  It is read at the start; one that is missing keeps the server from starting.
- \`NAME\` stands for a name of your choice.

The smallest useful file:

\`\`\`yaml
upstreams:
  main: { kind: openai, baseUrl: https://api.openai.com/v1, apiKey: { env: OPENAI_API_KEY } }
models:
  '*': { upstream: main }
\`\`\`

[\`examples/ancile.yaml\`](../examples/ancile.yaml) is a larger one, with comments.
`;

const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

function isSecret({ anyOf }: Schema): boolean {
  return anyOf?.some((each) => each.properties?.['env'] !== undefined) === true;
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  if (isSecret(schema)) return 'secret';
  if (schema.pattern?.includes('(ms|s|m|h|d)') === true) return 'duration';
  if (schema.prefixItems !== undefined) return schema.prefixItems.map(typeOf).join(' and ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type === 'integer' || schema.type === 'number') {
    const { minimum, maximum, exclusiveMinimum } = schema;
    const least = exclusiveMinimum === undefined ? minimum : exclusiveMinimum + (schema.type === 'integer' ? 1 : 0);
    const greatest = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
    if (greatest !== undefined) return `${schema.type}, ${least ?? ''}..${greatest}`;
    return least === undefined ? schema.type : `${schema.type}, at least ${least}`;
  }
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
  return schema.type ?? 'JSON';
}

/** The rows of a field: its own, or those of what lies in it. */
function rowsOf(field: string, schema: Schema, required: boolean, variant = ''): Row[] {
  const inside = (each: Schema, note: string): Row[] =>
    Object.entries(each.properties ?? {}).flatMap(([name, member]) =>
      rowsOf(`${field}.${name}`, member, each.required?.includes(name) === true, note),
    );
  if (schema.properties !== undefined) {
    // A group that may be left out whole is shown, so that what is required in it is not taken for required.
    const optional = !required && schema.default === undefined && field.includes('.');
    const group = { field: `\`${field}\``, type: 'group', fallback: '', description: schema.description ?? '' };
    return [...(optional ? [group] : []), ...inside(schema, variant)];
  }
  if (schema.oneOf !== undefined) {
    const group = { field: `\`${field}\``, type: 'group', fallback: '', description: schema.description ?? '' };
    const variants = schema.oneOf.map((each) => {
      const kind = each.properties?.['kind'];
      return { names: (kind?.enum ?? [kind?.const]).map(code).join(' or '), each };
    });
    // What every kind has is told once, after what sets them apart.
    const plain = variants.map(({ each }) => inside(each, '').map((row) => JSON.stringify(row)));
    const shared = new Set(plain[0]!.filter((row) => plain.every((rows) => rows.includes(row))));
    const own = variants.flatMap(({ names, each }, i) =>
      inside(each, ` (kind ${names})`).filter((_, at) => !shared.has(plain[i]![at]!)),
    );
    const rows = [...own, ...[...shared].map((row) => JSON.parse(row) as Row)];
    return required ? rows : [group, ...rows];
  }
  if (typeof schema.additionalProperties === 'object')
    return rowsOf(`${field}.NAME`, schema.additionalProperties, true);
  const fallback = schema.default === undefined ? (required ? '_required_' : '') : code(schema.default);
  const note = field.endsWith('.kind') ? '' : variant;
  return [{ field: `\`${field}\``, type: typeOf(schema), fallback, description: (schema.description ?? '') + note }];
}

function renderSection(name: string, schema: Schema): string {
  const rows = rowsOf(name, schema, false).map((row) =>
    [row.field, row.type, row.fallback, row.description].map((cell) => cell.replaceAll('|', '\\|')).join(' | '),
  );
  const hasMembers = schema.properties !== undefined || schema.additionalProperties !== undefined;
  const intro = hasMembers && schema.description !== undefined ? [`${capital(schema.description)}.`, ''] : [];
  const given =
    typeof schema.additionalProperties === 'object' && schema.default !== undefined
      ? [`When absent: ${code(schema.default)}.`, '']
      : [];
  const table = [
    '| field | type | default | what it does |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
  ];
  return [`## ${name}`, '', ...intro, ...given, ...table].join('\n');
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** The text of docs/configuration.md. */
export async function renderConfiguration(): Promise<string> {
  const schema = z.toJSONSchema(Config, { io: 'input' }) as Schema;
  const sections = Object.entries(schema.properties ?? {}).map(([name, section]) => renderSection(name, section));
  return format([HEAD, ...sections].join('\n\n'), { ...(await resolveConfig(FILE)), parser: 'markdown' });
}

if (process.argv[1] === import.meta.filename) writeFileSync(FILE, await renderConfiguration());
