// One review from a Kubernetes API server: what is looked at at all, the verdict, its record, and the answer in the server's form.
import { AncileError, toAncileError } from '../../base/index.ts';
import { matchPattern } from '../../access/index.ts';
import { parseJson } from '../../codec/index.ts';
import { type Admission, type AdmissionReference, AdmissionReview, type RecordBody } from '../../contract/index.ts';
import { findReferences } from './find-references.ts';
import type { Places } from './places.ts';
import { toPlain } from './reference.ts';
import { type ResolveParts, createResolver, isGood } from './resolve.ts';

/** An API server takes objects of three megabytes at most; a review may hold two of them. */
export const MOST_REVIEW_BYTES = 8_000_000;

/** Kubernetes advises less than 256 characters, and cuts what is more than 4096 together. */
const MOST_WARNING = 250;
const MOST_WARNINGS = 12;
const MOST_MESSAGE = 2000;

export interface ReviewParts extends Omit<ResolveParts, 'unscanned'> {
  readonly places: Places;
  readonly settings: () => Pick<Admission, 'mode' | 'onFault' | 'unscanned' | 'exemptNamespaces'>;
  /** Resolves when the record is durable. */
  readonly append: (body: RecordBody) => Promise<unknown>;
  readonly onFault: (fault: unknown) => void;
}

/** `AdmissionReview` v1 with a response. */
export interface AdmissionAnswer {
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly kind: 'AdmissionReview';
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly status?: { status: 'Failure'; code: number; reason: string; message: string };
    readonly warnings?: readonly string[];
    readonly auditAnnotations?: Readonly<Record<string, string>>;
  };
}

type Request = AdmissionReview['request'];
type Reviewed = Extract<RecordBody, { kind: 'admission.review' }>;

/** @throws AncileError `request_invalid`, `body_too_large` */
function parseReview(body: Uint8Array): Request {
  const value = parseJson(body, { maxBytes: MOST_REVIEW_BYTES, what: 'the review' });
  const parsed = AdmissionReview.safeParse(value);
  if (parsed.success) return parsed.data.request;
  const issue = parsed.error.issues[0]!;
  throw new AncileError('request_invalid', `this is no AdmissionReview of admission.k8s.io/v1: ${issue.message}`, {
    at: issue.path.join('.'),
    hint: 'Set admissionReviewVersions: ["v1"] in the webhook’s configuration.',
  });
}

/** What changes nothing of what runs is not looked at: what is deleted, what is connected to, status, scale, bindings. */
function isLookedAt({ operation, subResource = '' }: Request): boolean {
  return (operation === 'CREATE' || operation === 'UPDATE') && ['', 'ephemeralcontainers'].includes(subResource);
}

const isDeleting = (object: unknown): boolean =>
  typeof (object as { metadata?: { deletionTimestamp?: unknown } } | null | undefined)?.metadata?.deletionTimestamp ===
  'string';

export function toSentence({ at, text, verdict, message }: AdmissionReference): string {
  return toPlain(`${at}: ${text}: ${message ?? verdict}`, 1000);
}

function toMessage(bad: readonly AdmissionReference[]): string {
  const count = bad.length === 1 ? 'a model is not admitted' : `${bad.length} models are not admitted`;
  return toPlain(`${count}: ${bad.map(toSentence).join('; ')}`, MOST_MESSAGE);
}

function toObject({ kind, namespace, name, subResource, object }: Request): Reviewed['object'] {
  const metadata = (object?.['metadata'] ?? {}) as { name?: unknown; generateName?: unknown };
  const own = [name, metadata.name, metadata.generateName].find((each) => typeof each === 'string' && each !== '');
  return {
    group: toPlain(kind.group, 100),
    version: toPlain(kind.version, 100),
    kind: toPlain(kind.kind, 100),
    ...(namespace ? { namespace: toPlain(namespace, 100) } : {}),
    ...(typeof own === 'string' ? { name: toPlain(own, 253) } : {}),
    ...(subResource ? { subresource: toPlain(subResource, 100) } : {}),
  };
}

interface Judged {
  readonly outcome: Reviewed['outcome'];
  readonly references: readonly AdmissionReference[];
  readonly reason?: string;
  readonly warnings: readonly string[];
}

export function createReview(parts: ReviewParts): (body: Uint8Array) => Promise<AdmissionAnswer> {
  const { places, settings, append, onFault } = parts;
  const resolve = createResolver({ ...parts, unscanned: () => settings().unscanned });

  async function judge(request: Request, { mode, exemptNamespaces }: ReturnType<typeof settings>): Promise<Judged> {
    const { namespace = '', object, oldObject } = request;
    if (!isLookedAt(request)) return { outcome: 'allowed', references: [], warnings: [] };
    if (namespace !== '' && exemptNamespaces.some((pattern) => matchPattern(pattern, namespace))) {
      return { outcome: 'exempt', references: [], warnings: [] };
    }
    const reading = findReferences(object, places);
    const references = await resolve(reading);
    const bad = references.filter((each) => !isGood(each));
    const notes = references.filter((each) => isGood(each) && each.message !== undefined).map(toSentence);
    if (bad.length === 0 && reading.unread === undefined) return { outcome: 'allowed', references, warnings: notes };
    if (isDeleting(object) && isDeleting(oldObject)) {
      // What goes away must be able to: its finalizers are taken off by updates. Nothing new comes in with them.
      const before = new Set(findReferences(oldObject, places).references.map(({ text }) => text));
      if (references.every(({ text }) => before.has(text)) || references.length === 0) {
        return { outcome: 'allowed', references, reason: 'it is being deleted', warnings: [] };
      }
    }
    const reason = reading.unread ?? toMessage(bad);
    if (mode === 'enforce') return { outcome: 'denied', references, reason, warnings: notes };
    const said = reading.unread === undefined ? bad.map(toSentence) : [reading.unread];
    return { outcome: 'warned', references, reason, warnings: [...said, ...notes] };
  }

  return async (body) => {
    const request = parseReview(body);
    const now = settings();
    const record = ({ outcome, references, reason }: Judged): Promise<unknown> =>
      append({
        kind: 'admission.review',
        review: toPlain(request.uid, 200),
        principal: `kubernetes:${toPlain(request.userInfo.username, 300)}`,
        operation: request.operation,
        object: toObject(request),
        references: [...references],
        mode: now.mode,
        outcome,
        ...(request.dryRun === true ? { dryRun: true as const } : {}),
        ...(reason === undefined ? {} : { reason }),
      });
    let judged: Judged;
    let code = 403;
    try {
      judged = await judge(request, now);
      await record(judged);
    } catch (thrown) {
      onFault(thrown);
      const fault = toAncileError(thrown);
      const reason = `models could not be checked (${fault.code}); the log of ancile says more`;
      const outcome = now.onFault === 'allow' ? 'allowed' : 'denied';
      judged = { outcome, references: [], reason, warnings: outcome === 'allowed' ? [reason] : [] };
      code = 503;
      // As far as that can still be written.
      await record(judged).catch(() => undefined);
    }
    const { outcome, references, reason = outcome, warnings } = judged;
    const models = references.map(({ text, model, verdict }) => `${model ?? text} ${verdict}`).join('; ');
    return {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid: request.uid,
        allowed: outcome !== 'denied',
        ...(outcome === 'denied'
          ? {
              status: {
                status: 'Failure' as const,
                code,
                reason: code === 403 ? 'Forbidden' : 'ServiceUnavailable',
                message: reason,
              },
            }
          : {}),
        ...(warnings.length === 0
          ? {}
          : { warnings: warnings.slice(0, MOST_WARNINGS).map((each) => toPlain(each, MOST_WARNING)) }),
        auditAnnotations: { outcome, ...(models === '' ? {} : { models: toPlain(models, 1000) }) },
      },
    };
  };
}
