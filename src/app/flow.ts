// Flow control as a configuration has it: the vocabulary that is shipped, the labels of a file.
import { createHmac, hash, randomBytes } from 'node:crypto';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { GrantBook } from '../access/index.ts';
import { AncileError, systemClock } from '../base/index.ts';
import { FlowLabels } from '../contract/index.ts';
import { type LoadedConfig, readSecret } from '../config/index.ts';
import type { FlowGate, McpSettings, PinBook } from '../gateway/index.ts';
import {
  FlowDesk,
  type FlowSettings,
  type FlowTaints,
  type ToolHint,
  type Vocabulary,
  createToolBook,
  joinLabels,
  parseVocabulary,
} from '../guard/index.ts';
import { type Store, writeMeta } from '../store/index.ts';
import type { Policies } from '../policy/index.ts';
import { equalSecrets } from '../keys/index.ts';
import { readContent } from './content.ts';
import { readLabelFile } from './labels.ts';

const MARK_KEY_LEAST = 32;
/** Rows of `meta`: whether a principal has had untrusted content, and when that was last begun to be known. */
const TAINTED = 'flow.tainted:';
const TAINTED_MS = 30 * 86_400_000;

let vocabulary: Vocabulary | undefined;

/** The words by which actions are asked for, read once. */
export function flowVocabulary(): Vocabulary {
  vocabulary ??= parseVocabulary(parseYaml(readContent('flow/vocabulary.yaml').text));
  return vocabulary;
}

/** A file of labels: one set, or one by the name of each suite. Names that begin with `_` are notes. */
export type LabelFile = FlowLabels | ReadonlyMap<string, FlowLabels>;

/**
 * Checks what a file of labels holds.
 * @param file - its name, for the error
 * @throws AncileError `config_invalid` naming the field
 */
export function readLabels(value: unknown, file: string): LabelFile {
  const entries =
    typeof value === 'object' && value !== null
      ? Object.entries(value as Record<string, unknown>).filter(([name]) => !name.startsWith('_'))
      : [];
  const own = Object.keys(FlowLabels.shape);
  const isOne = entries.length > 0 && entries.every(([name]) => own.includes(name));
  const parsed = isOne
    ? FlowLabels.safeParse(Object.fromEntries(entries))
    : z.record(z.string(), FlowLabels).safeParse(Object.fromEntries(entries));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new AncileError('config_invalid', `${issue.path.join('.') || 'labels'}: ${issue.message}`, {
      at: file,
      hint: 'Labels have writes, fields, confidential_reads and secret_fields; see docs/guides/agents.md.',
    });
  }
  if (entries.length === 0) {
    throw new AncileError('config_invalid', 'the file has no labels', {
      at: file,
      hint: 'Expected an object with writes and fields, or one such object by the name of each suite.',
    });
  }
  return isOne ? (parsed.data as FlowLabels) : new Map(Object.entries(parsed.data as Record<string, FlowLabels>));
}

/**
 * What tells an application's tags of trusted spans: HMAC-SHA-256 (hex) over the span's id, a line feed and its text.
 * @throws AncileError `config_invalid` for a key that could be guessed
 */
function openMarks(key: string): (id: string, text: string, tag: string) => boolean {
  if (key.length < MARK_KEY_LEAST) {
    throw new AncileError('config_invalid', `the key is shorter than ${MARK_KEY_LEAST} characters`, {
      at: 'flow.markKey',
      hint: 'Make one: openssl rand -hex 32.',
    });
  }
  return (id, text, tag) => equalSecrets(createHmac('sha256', key).update(`${id}\n${text}`).digest('hex'), tag);
}

/**
 * Flow control as the configuration has it; undefined where it is off.
 * @throws AncileError `config_invalid` for labels that cannot be read
 */
export function openFlow(
  { config, dir }: LoadedConfig,
  policies: Policies,
  mcp: McpSettings,
  hint: (tool: string) => ToolHint | undefined = () => undefined,
): FlowSettings | undefined {
  const { mode, labels, allow, results, userText, markKey } = config.flow;
  if (mode === 'off') return undefined;
  const own = labels === undefined ? FlowLabels.parse({}) : readLabelFile(labels, 'flow.labels', dir);
  const servers = [...mcp.servers.values()].flatMap((server) =>
    server.labels === undefined ? [] : [[server.name, server.labels] as const],
  );
  const key = markKey && readSecret(markKey, 'flow.markKey', dir);
  const spans = { userText, ...(key !== undefined && { isVouched: openMarks(key) }) };
  // What nobody has labelled has an effect, and of that nothing is known.
  const book = createToolBook(joinLabels(own, new Map(servers)), {
    hint,
    servers: new Set(mcp.servers.keys()),
  });
  return { mode, book, vocabulary: flowVocabulary(), policies, allow, results, spans };
}

/** What the approved definitions of tools say of them: more trust only where their server is trusted. */
export function toHints(
  pins: () => Pick<PinBook, 'get'> | undefined,
  mcp: McpSettings,
): (tool: string) => ToolHint | undefined {
  return (tool) => {
    const at = tool.indexOf('/');
    const server = mcp.servers.get(tool.slice(0, Math.max(0, at)));
    const approved = server && pins()?.get(server.name, 'tool', tool.slice(at + 1))?.approved;
    if (server === undefined || approved === undefined) return undefined;
    const said = approved.definition['annotations'];
    const { readOnlyHint, destructiveHint } = (said ?? {}) as Record<string, unknown>;
    return {
      definition: approved.digest,
      readOnly: server.settings.trusted && readOnlyHint === true && destructiveHint !== true,
      writes: readOnlyHint === false || destructiveHint === true,
    };
  };
}

/**
 * Who has had untrusted content, kept over a restart: a session that is new then is that of an agent that is not.
 * @throws AncileError `store_fault`
 */
async function openTaints({ db }: Store, onFault: (fault: unknown) => void): Promise<FlowTaints> {
  const rows = await db.selectFrom('meta').selectAll().where('name', 'like', `${TAINTED}%`).execute();
  const oldest = systemClock() - TAINTED_MS;
  const known = new Set<string>();
  for (const { name, value } of rows) {
    if (Date.parse(value) >= oldest) known.add(name.slice(TAINTED.length));
    else await db.deleteFrom('meta').where('name', '=', name).execute();
  }
  const noted = new Set<string>();
  return {
    has: (principal) => known.has(principal),
    note(principal) {
      if (noted.has(principal)) return;
      noted.add(principal);
      known.add(principal);
      writeMeta(db, TAINTED + principal, new Date(systemClock()).toISOString()).catch(onFault);
    },
  };
}

/** What remembers conversations. Its digests are of this process alone, so that nobody can aim for a collision. */
export async function openFlowDesk(
  store: Store,
  grants: GrantBook,
  onFault: (fault: unknown) => void,
): Promise<FlowDesk> {
  const taints = await openTaints(store, onFault);
  const salt = randomBytes(32).toString('hex');
  return new FlowDesk((text) => hash('sha256', salt + text, 'base64'), systemClock, { grants, taints });
}

/** The desk as tool servers ask it; undefined where flow control is off. */
export function toFlowGate(desk: FlowDesk, settings: FlowSettings | undefined): FlowGate | undefined {
  return (
    settings && {
      decide: (call, policies) => desk.decide({ ...settings, policies }, call),
      settled: () => desk.settled(),
      noteResult: (call, result, more) => desk.noteResult(settings, call, result, more),
      noteAside: (call, text) => desk.noteAside(settings, call, text),
    }
  );
}
