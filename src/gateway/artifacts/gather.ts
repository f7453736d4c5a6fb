// Brings a version's files in: each fetched once whoever waits for it, into quarantine, and scanned there.
import { readFile, rm } from 'node:fs/promises';
import { type ImageSignature, contentDigest } from '../../attest/index.ts';
import { type Restraints, restrains, toFrozen } from '../../access/index.ts';
import { AncileError, type Clock } from '../../base/index.ts';
import {
  type FileReport,
  type ModelAsset,
  type ModelFile,
  type ModelFinding,
  type ModelSignature,
  type ScanFinding,
  type ScanVerdict,
  Severity,
} from '../../contract/index.ts';
import { type Inventory, scanSummary } from '../../inventory/index.ts';
import type { Cache } from './cache.ts';
import { download } from './download.ts';
import { type EvidenceDesk, missingEvidence } from './evidence.ts';
import { Flights } from './flights.ts';
import { withFolder } from './folder-view.ts';
import type { ScanProcess } from './scan-process.ts';
import { childrenOf, isOciIndex } from './oci/manifest.ts';
import { type ArtifactSource, demandsSignature } from './source.ts';

/** Files so small that they are fetched with the first one: configurations, tokenizers, code, cards. */
const COMPANION_BYTES = 1_000_000;
const COMPANIONS_BYTES = 64_000_000;
const MOST_COMPANIONS = 200;
const MOST_FINDINGS = 5;
/** Newest versions of a repository that are looked through for an index. */
const MOST_INDICES = 100;

/** A file that is being fetched or scanned, as far as it has come. */
export interface Arriving {
  readonly path: string;
  readonly bytes: number;
}

export interface GatherParts {
  readonly cache: Cache;
  readonly inventory: Inventory;
  readonly scanner: ScanProcess;
  readonly limits: () => { readonly fileBytes: number; readonly cacheBytes: number };
  /** Whether the folder is what its signature says. */
  readonly verifySignature: (folder: string) => Promise<ModelSignature>;
  /** What signatures beside a version say of the manifest with this digest. */
  readonly verifyImage: (digest: string, signatures: readonly ImageSignature[]) => ModelSignature;
  readonly evidence: EvidenceDesk;
  readonly restraints: Pick<Restraints, 'checkFrozen' | 'onPut'>;
  readonly clock: Clock;
}

export interface Gather {
  /** Has a file, and the small ones beside it, fetched and scanned. The asset as it is then. */
  bring(source: ArtifactSource, asset: ModelAsset, path: string): Promise<ModelAsset>;
  arriving(asset: string, path: string): Arriving | undefined;
  /** Breaks off what is under way; nothing is concluded from that. */
  close(): Promise<void>;
}

function worst(findings: readonly ScanFinding[]): ModelFinding[] {
  const order = [...findings].sort(
    (a, b) => Severity.options.indexOf(b.severity) - Severity.options.indexOf(a.severity),
  );
  const one = new Map<string, ModelFinding>();
  // One of each rule: fifty calls of one kind must not hide what else there is.
  for (const { rule, severity, message, member, offset, line } of order) {
    if (one.has(rule)) continue;
    one.set(rule, {
      rule,
      severity,
      message: message.slice(0, 500),
      ...(member === undefined ? {} : { member: member.slice(0, 500) }),
      ...(offset === undefined ? {} : { offset }),
      ...(line === undefined ? {} : { line }),
    });
  }
  return [...one.values()].slice(0, MOST_FINDINGS);
}

const toFacts = ({ verdict, format, findings }: FileReport): Pick<ModelFile, 'verdict' | 'format' | 'findings'> => ({
  verdict,
  format,
  findings: worst(findings),
});

function verdictWith(file: ModelFile, found: readonly ScanFinding[]): ScanVerdict {
  const own = file.verdict ?? 'clean';
  const bad = found.some(({ severity }) => severity === 'high' || severity === 'critical');
  const doubtful = found.some(({ severity }) => severity === 'medium');
  const added: ModelFile = { ...file, verdict: bad ? 'malicious' : doubtful ? 'suspicious' : 'clean' };
  return scanSummary([{ ...file, verdict: own }, added]).verdict;
}

/** With the digest that attestations name, once every file's content is known. */
function withContentDigest(asset: ModelAsset): ModelAsset {
  const files: { path: string; sha256: string }[] = [];
  for (const { path, sha256, verdict } of asset.files) {
    if (sha256 === undefined || verdict === undefined) return asset;
    files.push({ path, sha256 });
  }
  return { ...asset, contentDigest: contentDigest(files) };
}

export function createGather({
  cache,
  inventory,
  scanner,
  limits,
  verifySignature,
  verifyImage,
  evidence,
  restraints,
  clock,
}: GatherParts): Gather {
  const flights = new Flights();
  const arriving = new Map<string, Arriving>();
  const closing = new AbortController();
  const keyOf = (asset: string, path: string): string => `${asset} ${path}`;

  async function fetchFile(source: ArtifactSource, asset: ModelAsset, file: ModelFile): Promise<string> {
    if (file.size > limits().fileBytes) {
      throw new AncileError('body_too_large', `the file is larger than ${limits().fileBytes} bytes`, {
        hint: 'artifacts.limits.fileBytes says how large one may be.',
      });
    }
    const affected = { upstream: source.name, model: asset.id };
    restraints.checkFrozen(affected);
    const path = cache.temporary();
    const key = keyOf(asset.id, file.path);
    const frozen = new AbortController();
    const forget = restraints.onPut((restraint) => {
      if (restraint.effect === 'freeze' && restrains(restraint, affected)) frozen.abort();
      // Whoever waits for it is counted, not the fetching.
      return 0;
    });
    try {
      const sha256 = await download({
        remote: source.remote,
        request: source.request(asset, file),
        path,
        size: file.size,
        expected: { ...source.expects(file), ...(file.sha256 === undefined ? {} : { sha256: file.sha256 }) },
        onProgress: (bytes) => void arriving.set(key, { path, bytes }),
        signal: AbortSignal.any([closing.signal, frozen.signal]),
      });
      await cache.quarantine(path, sha256);
      return sha256;
    } catch (thrown) {
      throw frozen.signal.aborted ? toFrozen() : thrown;
    } finally {
      forget();
      await rm(path, { force: true });
    }
  }

  /** Fetches and scans one file, as far as that has not been done. */
  function take(source: ArtifactSource, asset: ModelAsset, path: string): Promise<void> {
    const key = keyOf(asset.id, path);
    const work = async (): Promise<void> => {
      const file = ((await inventory.get(asset.id)) ?? asset).files.find((each) => each.path === path)!;
      const here = file.sha256 !== undefined && cache.has(file.sha256);
      if (here && file.verdict !== undefined) return;
      const sha256 = here ? file.sha256! : await fetchFile(source, asset, file);
      // Fetched anew after the cache let it go: it is the same content, and was scanned.
      if (file.verdict !== undefined) return;
      const content = cache.find(sha256)!;
      arriving.set(key, { path: content, bytes: file.size });
      const report = await scanner.scanFile(content, path, file.size, source.isRoot?.(file));
      const facts = { sha256, ...toFacts(report) };
      await inventory.learn(asset.id, (known) =>
        withContentDigest({
          ...known,
          files: known.files.map((each) => (each.path === path ? { ...each, ...facts } : each)),
        }),
      );
    };
    return flights.once(key, () => work().finally(() => arriving.delete(key)));
  }

  function companionsOf({ files }: ModelAsset): ModelFile[] {
    const small = files.filter(({ size }) => size <= COMPANION_BYTES).sort((a, b) => a.size - b.size);
    let left = COMPANIONS_BYTES;
    return small.slice(0, MOST_COMPANIONS).filter(({ size }) => (left -= size) >= 0);
  }

  /** What the files say together is said of the files that it is about. */
  async function examine(asset: ModelAsset): Promise<void> {
    const parts = asset.files.map(({ path, size, sha256 }) => {
      const content = sha256 === undefined || size > COMPANION_BYTES ? undefined : cache.find(sha256);
      return { path, size, ...(content === undefined ? {} : { content }) };
    });
    const found = await scanner.examineRepository(parts);
    await inventory.learn(asset.id, (known) => ({
      ...known,
      examined: true as const,
      files: known.files.map((file) => {
        const own = found.filter(({ path }) => path === file.path).map(({ finding }) => finding);
        if (own.length === 0) return file;
        const findings = worst([...(file.findings ?? []), ...own].map((each) => ({ techniques: [], ...each })));
        return { ...file, verdict: verdictWith(file, own), findings };
      }),
    }));
  }

  function companions(source: ArtifactSource, asset: ModelAsset): Promise<void> {
    return flights.once(asset.id, async () => {
      const now = (await inventory.get(asset.id)) ?? asset;
      if (now.examined === true) return;
      const queue = companionsOf(now).filter(({ verdict }) => verdict === undefined);
      const work = async (): Promise<void> => {
        for (let file = queue.shift(); file !== undefined; file = queue.shift()) await take(source, asset, file.path);
      };
      await Promise.all([work(), work(), work(), work()]);
      await examine((await inventory.get(asset.id))!);
    });
  }

  /** An index that is signed speaks for the manifests that it names, which are seldom signed themselves. */
  async function signatureOfIndex({ source, repo, revision }: ModelAsset): Promise<ModelSignature> {
    const newest = await inventory.list({ source, repo, limit: MOST_INDICES });
    for (const each of newest) {
      if (!isOciIndex(each) || each.signature.state === 'none') continue;
      const { files, signature } = await evidence.recheck(each);
      const content = files[0]?.sha256 === undefined ? undefined : cache.find(files[0].sha256);
      if (signature.state !== 'valid' || content === undefined) continue;
      if (childrenOf(await readFile(content)).includes(revision)) return signature;
    }
    return { state: 'none' };
  }

  /** By signatures that lie beside it: they are of its digest, and so nothing more need be here. */
  function verifyBeside(source: ArtifactSource, asset: ModelAsset): Promise<void> {
    return flights.once(`${asset.id} signature`, async () => {
      const own = verifyImage(asset.revision, await source.findSignatures!(asset));
      const signature = own.state === 'valid' ? own : await signatureOfIndex(asset);
      await inventory.learn(asset.id, (known) => ({ ...known, signature }));
    });
  }

  /** All files in a folder of their own, under their names, for as long as the signature is verified. */
  function verify(source: ArtifactSource, asset: ModelAsset): Promise<void> {
    return flights.once(`${asset.id} signature`, async () => {
      for (const { path } of asset.files) await take(source, asset, path);
      const { files } = (await inventory.get(asset.id))!;
      const signature = await withFolder(cache, files, (folder, lacks) => {
        // What the cache let go meanwhile is no word on the signature.
        if (lacks.length > 0) throw new AncileError('store_fault', `there is no copy of ${lacks[0]} by now`);
        return verifySignature(folder);
      });
      await inventory.learn(asset.id, (known) => ({ ...known, signature }));
    });
  }

  /** Has all files here, so that the version's digest is known, and takes what they attest. */
  function attest(source: ArtifactSource, asset: ModelAsset): Promise<void> {
    return flights.once(`${asset.id} evidence`, async () => {
      for (const { path } of asset.files) await take(source, asset, path);
      await evidence.takeOwn((await inventory.get(asset.id))!);
    });
  }

  return {
    async bring(source, before, path) {
      const asset = await evidence.recheck(before);
      const file = asset.files.find((each) => each.path === path);
      const here = file?.verdict !== undefined && file.sha256 !== undefined && cache.has(file.sha256);
      const unsigned = demandsSignature(source, asset) && asset.signature.state === 'none';
      const unattested = missingEvidence(asset, source.require, clock()).length > 0;
      if (here && asset.examined === true && !unsigned && !unattested) return asset;
      await companions(source, asset);
      if (unsigned) await (source.findSignatures === undefined ? verify : verifyBeside)(source, asset);
      if (unattested) await attest(source, asset);
      await take(source, asset, path);
      await cache.shrink(limits().cacheBytes);
      return (await inventory.get(asset.id))!;
    },
    arriving: (asset, path) => arriving.get(keyOf(asset, path)),
    async close() {
      closing.abort();
      scanner.close();
      await flights.settled();
    },
  };
}
