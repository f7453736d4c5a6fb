// What a tool server gave back: read into the forms that there are, every text of it judged as what it is to a model, what
// nobody can read named, and written anew.
import { AncileError, isObject } from '../../base/index.ts';
import { replaceStrings, walkStrings } from '../../codec/index.ts';
import { type Segment, type Uninspected, isDenial } from '../../contract/index.ts';
import type { Subject } from '../../policy/index.ts';
import type { Ruled } from './call-run.ts';
import type { Json } from './json-rpc.ts';
import type { CallParts } from './parts.ts';

export interface JudgedResult extends Ruled {
  readonly denied: boolean;
  readonly segments: readonly Segment[];
  /** As it is given on: redacted where policy says so. */
  readonly result: Json;
  /** As it is given on once a person has approved it. */
  readonly ifApproved: Json;
}

const CONTENTS_MOST = 5000;

/** Members that hold bytes, by the kind of block around them. */
const BYTES: Readonly<Record<string, { readonly member: string; readonly kind: Uninspected }>> = {
  image: { member: 'data', kind: 'image' },
  audio: { member: 'data', kind: 'audio' },
};

const KNOWN = new Set(['text', 'image', 'audio', 'resource', 'resource_link']);

function malformed(what: string): AncileError {
  return new AncileError('upstream_malformed', `the tool server's result ${what}`);
}

/** A text in base64, in its one form. */
const isBytes = (value: unknown): value is string =>
  typeof value === 'string' && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);

/** A resource's content as text and what of it is bytes. */
function readContents(value: unknown, unseen: Set<Uninspected>): Json {
  if (!isObject(value)) throw malformed('has contents that are no object');
  const { blob, ...rest } = value;
  if (blob === undefined) return rest;
  if (!isBytes(blob)) throw malformed('has bytes that are not base64');
  unseen.add('file');
  return rest;
}

/** The same result less its bytes, at the same places; bytes are named. */
function withoutBytes(result: Json, unseen: Set<Uninspected>): Json {
  const contents = result['contents'];
  const content = result['content'];
  const messages = result['messages'];
  const block = (value: unknown): Json => {
    if (!isObject(value)) throw malformed('has content that is no object');
    const type = String(value['type']);
    if (!KNOWN.has(type)) {
      unseen.add('unknown');
      return value;
    }
    const bytes = BYTES[type];
    if (bytes !== undefined) {
      const { [bytes.member]: data, ...rest } = value;
      if (!isBytes(data)) throw malformed('has bytes that are not base64');
      unseen.add(bytes.kind);
      return rest;
    }
    if (type !== 'resource') return value;
    return { ...value, resource: readContents(value['resource'], unseen) };
  };
  const list = (value: unknown, read: (item: unknown) => Json): Json[] => {
    if (!Array.isArray(value)) throw malformed('is not of the form that the protocol has');
    if (value.length > CONTENTS_MOST) throw malformed(`has more than ${CONTENTS_MOST} parts`);
    return value.map(read);
  };
  const message = (value: unknown): Json => {
    if (!isObject(value)) throw malformed('has a message that is no object');
    const said = value['content'];
    return { ...value, content: Array.isArray(said) ? list(said, block) : block(said) };
  };
  return {
    ...result,
    ...(content === undefined ? {} : { content: list(content, block) }),
    ...(contents === undefined ? {} : { contents: list(contents, (item) => readContents(item, unseen)) }),
    ...(messages === undefined ? {} : { messages: list(messages, message) }),
  };
}

/**
 * Judges what came back.
 * @param needed - the member that such a result must have
 * @throws AncileError `upstream_malformed`
 */
export async function judgeResult(
  parts: CallParts,
  subject: Subject,
  given: Json,
  needed: 'content' | 'contents' | 'messages',
): Promise<JudgedResult> {
  const { _meta, ...result } = given;
  // Servers of the first revisions may leave the content of an empty result out.
  const whole = needed === 'content' && result['content'] === undefined ? { ...result, content: [] } : result;
  if (whole[needed] === undefined) throw malformed(`lacks "${needed}"`);
  const unseen = new Set<Uninspected>();
  const segments: Segment[] = [];
  walkStrings(withoutBytes(whole, unseen), (path, text) =>
    segments.push({ path, channel: 'tool_result', origin: 'untrusted', text }),
  );
  const verdict = await parts.pipeline.judgeInputFully(subject, {
    segments,
    uninspected: [...unseen],
    capabilities: [],
    stream: false,
  });
  const at = (rewrites: typeof verdict.rewrites): Json =>
    rewrites.length === 0 ? whole : (replaceStrings(structuredClone(whole), rewrites) as Json);
  return {
    denied: isDenial(verdict.decision.action),
    decision: verdict.decision,
    findings: verdict.findings,
    segments,
    result: at(verdict.rewrites),
    ifApproved: at(verdict.decision.action === 'hold' ? verdict.ifApproved : verdict.rewrites),
  };
}
