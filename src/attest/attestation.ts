// Attestations: what somebody says of a model, signed, about its digest. Made here, and held against what a verifier requires.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { AncileError, systemCode } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import type { ModelEvidence, ScanPredicate, ScanVerdict } from '../contract/index.ts';
import {
  AttestationKind,
  type ModelProblem,
  type ModelSigner,
  type ModelVerification,
  PREDICATES,
  ScanReport,
  Severity,
} from '../contract/index.ts';
import { MAX_BUNDLE_BYTES, parseBundle } from './bundle.ts';
import { byName } from './manifest.ts';
import type { DigestedModel } from './model.ts';
import { Refused, malformed, untrusted } from './refused.ts';
import { type SignedStatement, type SigningKey, signStatement } from './sign.ts';
import { type Trust, checkSigner } from './signer.ts';
import { STATEMENT_TYPE, parseStatement } from './statement.ts';

const TYPE_BASE = 'https://ancile.dev/attestation';
const MAX_FINDINGS = 1000;

/** The predicate type of a kind: a name, and no address that is ever asked. */
export function predicateType(kind: AttestationKind): string {
  return `${TYPE_BASE}/${kind}/v1`;
}

/**
 * A signed statement about a model.
 * @param predicate - of the kind's schema (`PREDICATES`)
 * @throws AncileError `usage` for a predicate that is not of its form
 */
export function attest(
  model: Pick<DigestedModel, 'name' | 'digest'>,
  kind: AttestationKind,
  predicate: unknown,
  signer: SigningKey,
): SignedStatement {
  const parsed = PREDICATES[kind].safeParse(predicate);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    const at = path.join('.') || 'predicate';
    throw new AncileError('usage', `this is no predicate of kind ${kind}: ${at}: ${message}`, { at });
  }
  const statement = {
    _type: STATEMENT_TYPE,
    subject: [{ name: model.name, digest: { sha256: model.digest } }],
    predicateType: predicateType(kind),
    predicate: parsed.data,
  };
  return signStatement(JSON.stringify(statement), signer);
}

/** From the mildest: of several files the worst counts. */
const VERDICTS = ['clean', 'unanalyzed', 'suspicious', 'malicious'] as const satisfies readonly ScanVerdict[];

/**
 * What a report of `ancile scan --json` says of a model. Every file of the model must be in it, by its digest.
 * @param model - by files, so that each digest is one of a file
 * @throws AncileError `usage` where it is no such report, or does not cover the model
 */
export function toScanPredicate(report: Uint8Array, model: DigestedModel, now: number): ScanPredicate {
  const parsed = ScanReport.safeParse(parseJson(report, { what: 'the scan report', maxBytes: MAX_BUNDLE_BYTES }));
  if (!parsed.success) throw new AncileError('usage', 'this is no report of ancile scan --json');
  const { files, tool, complete } = parsed.data;
  if (!complete)
    throw new AncileError('usage', 'the scan was stopped before its end', { hint: 'Scan the model anew.' });
  const byDigest = new Map(files.flatMap((file) => (file.sha256 === undefined ? [] : [[file.sha256, file] as const])));
  const found = model.resources.map(({ path, digest }) => {
    const file = byDigest.get(digest);
    if (file !== undefined) return { path, file };
    throw new AncileError('usage', `the scan did not see ${path} as it is now`, {
      at: path,
      hint: 'Scan the model as it is signed, all of it: ancile scan MODEL --json -o report.json.',
    });
  });
  const rank = (severity: Severity): number => Severity.options.indexOf(severity);
  const findings = found
    .flatMap(({ path, file }) =>
      file.findings.map(({ rule, severity, suppressed }) => ({
        rule,
        severity,
        path,
        ...(suppressed === undefined ? {} : { suppressed: true as const }),
      })),
    )
    .sort((a, b) => rank(b.severity) - rank(a.severity) || byName({ name: a.path }, { name: b.path }));
  return {
    scanner: tool,
    time: new Date(now).toISOString(),
    verdict: VERDICTS[Math.max(...found.map(({ file }) => VERDICTS.indexOf(file.verdict)))]!,
    files: found.length,
    findings: findings.slice(0, MAX_FINDINGS),
    reportSha256: createHash('sha256').update(report).digest('hex'),
  };
}

export interface Requirements {
  readonly kinds: readonly AttestationKind[];
  /** Verdicts of a scan that pass; default `clean`. */
  readonly verdicts?: readonly ScanVerdict[] | undefined;
  /** Files of attestations. */
  readonly files: readonly string[];
  /** Whom to believe what he attests. */
  readonly trust: Trust;
}

const About = z.tuple([z.object({ digest: z.object({ sha256: z.string() }) })]);

function kindOf(type: string): AttestationKind {
  const kind = AttestationKind.options.find((each) => predicateType(each) === type);
  return kind ?? malformed(`this is an attestation of another kind: ${type}`);
}

/** What is attested, in short. @throws Refused where it is not what is wanted */
function checkPredicate(
  kind: AttestationKind,
  predicate: unknown,
  verdicts: readonly ScanVerdict[],
  now: number,
): Pick<Looked, 'says' | 'time' | 'expires'> {
  const parsed = PREDICATES[kind].safeParse(predicate);
  if (!parsed.success) malformed(`its predicate is not of kind ${kind}: ${parsed.error.issues[0]!.message}`);
  const { data } = parsed;
  if ('verdict' in data && !verdicts.includes(data.verdict)) untrusted(`the scan's verdict is ${data.verdict}`);
  if ('result' in data && data.result !== undefined && data.result !== 'passed')
    untrusted(`the test has ${data.result}`);
  if ('expires' in data && data.expires !== undefined && Date.parse(data.expires) <= now) {
    untrusted(`the approval has expired on ${data.expires}`);
  }
  const { time } = data;
  if ('verdict' in data) return { says: data.verdict, time };
  if ('result' in data && data.result !== undefined) return { says: data.result, time };
  if ('approvedBy' in data) return { says: data.approvedBy, time, ...(data.expires && { expires: data.expires }) };
  return { says: 'stated', time };
}

function readBounded(path: string): Buffer {
  try {
    if (statSync(path).size <= MAX_BUNDLE_BYTES) return readFileSync(path);
  } catch (thrown) {
    malformed(`it cannot be read (${systemCode(thrown) ?? 'unknown'})`);
  }
  return malformed('it is too large');
}

interface Looked {
  kind?: AttestationKind;
  signer?: ModelSigner;
  /** What it came to: a verdict, a result, who approved. */
  says?: string;
  time?: string;
  expires?: string;
  reason?: string;
}

type Terms = Pick<Requirements, 'trust' | 'verdicts'>;

async function lookAt(
  read: () => Uint8Array,
  digests: ReadonlySet<string>,
  terms: Terms,
  now: number,
): Promise<Looked> {
  const looked: Looked = {};
  try {
    const bundle = parseBundle(read());
    looked.signer = await checkSigner(bundle, terms.trust, now);
    const { predicateType: type, subject, predicate } = parseStatement(bundle.envelope.payload);
    looked.kind = kindOf(type);
    const about = About.safeParse(subject);
    if (!about.success || !digests.has(about.data[0].digest.sha256)) untrusted('it is about another model');
    Object.assign(looked, checkPredicate(looked.kind, predicate, terms.verdicts ?? ['clean'], now));
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    looked.reason = thrown.message;
  }
  return looked;
}

/** An attestation that counts, or why it does not. */
export type HeldAttestation =
  | ({ readonly ok: true; readonly signer: ModelSigner } & Pick<ModelEvidence, 'kind' | 'says' | 'time' | 'expires'>)
  | { readonly ok: false; readonly reason: string };

/**
 * Holds one attestation against a model's digests.
 * @param bytes - the bundle, as `ancile attest` wrote it
 */
export async function holdAttestation(
  bytes: Uint8Array,
  digests: ReadonlySet<string>,
  terms: Terms,
  now: number,
): Promise<HeldAttestation> {
  const { kind, signer, says, time, expires, reason } = await lookAt(() => bytes, digests, terms, now);
  if (reason !== undefined) return { ok: false, reason };
  return {
    ok: true,
    kind: kind!,
    signer: signer!,
    says: says!,
    time: time!,
    ...(expires === undefined ? {} : { expires }),
  };
}

/**
 * Holds the signature of a bundle alone against whom to believe: what it is about was looked at before, and has not changed.
 * @returns why its signer does not count; undefined where he does
 */
export async function holdSigner(bytes: Uint8Array, trust: Trust, now: number): Promise<string | undefined> {
  try {
    await checkSigner(parseBundle(bytes), trust, now);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Refused) return thrown.message;
    throw thrown;
  }
}

/**
 * Holds attestations against what is required.
 * @param digests - of the model, in each order that a signer may have listed its files in
 */
export async function checkAttestations(
  digests: ReadonlySet<string>,
  wanted: Requirements,
  now: number,
): Promise<Pick<ModelVerification, 'attestations' | 'problems'>> {
  const attestations: ModelVerification['attestations'] = [];
  const problems: ModelProblem[] = [];
  for (const path of wanted.files) {
    const { kind, signer, reason } = await lookAt(() => readBounded(path), digests, wanted, now);
    attestations.push({
      path,
      accepted: reason === undefined,
      ...(kind === undefined ? {} : { kind }),
      ...(signer === undefined ? {} : { signer }),
    });
    if (reason !== undefined)
      problems.push({ step: 'attestations', kind: 'attestation-refused', message: reason, path });
  }
  for (const kind of wanted.kinds) {
    if (attestations.some((each) => each.accepted && each.kind === kind)) continue;
    const message = `no attestation of kind ${kind} counts for this model`;
    problems.push({ step: 'attestations', kind: 'attestation-missing', message });
  }
  return { attestations, problems };
}
