// The admission webhook of a running server: its listener, its certificate as it is renewed, and what reviews are held against.
import { type ErrorCode, systemClock } from '../base/index.ts';
import { type LoadedConfig, readSecret } from '../config/index.ts';
import type { AdmissionCheck, ModelAsset, RecordBody } from '../contract/index.ts';
import {
  type AdmissionListener,
  type Places,
  checkAdmissionExposure,
  createManifestCheck,
  createReview,
  missingEvidence,
  readPlaces,
  startAdmissionListener,
} from '../gateway/index.ts';
import type { Inventory } from '../inventory/index.ts';
import { every } from './closers.ts';
import { readContent } from './content.ts';
import type { Logger } from './log.ts';
import { readAdmissionTls } from './tls.ts';

/** How often certificates are looked at: whoever renews them gives hours. */
const RENEW_MS = 60_000;

let places: Places | undefined;

/** Where objects name models, as shipped. @throws AncileError `rules_invalid` */
function shippedPlaces(): Places {
  if (places !== undefined) return places;
  const { text, file } = readContent('admission/kubernetes.yaml');
  return (places = readPlaces(text, file));
}

const kindIn =
  (loaded: () => LoadedConfig) =>
  (source: string): string | undefined =>
    loaded().config.artifacts.sources[source]?.kind;

/** What the configuration demands of versions of a source now: an approval may have ended since one was admitted. */
const lacksIn =
  (loaded: () => LoadedConfig) =>
  (asset: ModelAsset): string | undefined => {
    const source = loaded().config.artifacts.sources[asset.source];
    if (source === undefined) return undefined;
    if (source.requireSignature && asset.signature.state !== 'valid') {
      return 'its source demands a signature that holds, and it has none';
    }
    const missing = missingEvidence(asset, source.require, systemClock());
    if (missing.length === 0) return undefined;
    return `its source demands an attestation (${missing.join(', ')}) that counts, and there is none`;
  };

/** What an API server would be told of a manifest. */
export function openManifestCheck(
  inventory: Inventory,
  loaded: () => LoadedConfig,
): (json: string) => Promise<AdmissionCheck> {
  // Without a webhook of its own it is held against what one would say.
  const unscanned = (): 'deny' | 'warn' => loaded().config.admission?.unscanned ?? 'deny';
  const parts = { inventory, kindOf: kindIn(loaded), lacks: lacksIn(loaded), unscanned };
  return (json) => createManifestCheck({ ...parts, places: shippedPlaces() })(json);
}

/** What the API server must send. @throws AncileError `config_invalid` where it cannot be read */
export function readAdmissionToken({ config, dir }: LoadedConfig): string | undefined {
  const token = config.admission?.token;
  return token === undefined ? undefined : readSecret(token, 'admission.token', dir);
}

/** @throws AncileError `config_invalid`: what a start would throw */
export function checkAdmission(loaded: LoadedConfig): void {
  if (loaded.config.admission === undefined) return;
  checkAdmissionExposure(loaded.config.admission);
  readAdmissionTls(loaded);
}

export interface AdmissionOptions {
  /** Asked anew each time: the configuration may change. */
  readonly loaded: () => LoadedConfig;
  readonly inventory: Inventory;
  readonly append: (body: RecordBody) => Promise<unknown>;
  readonly noteRefusal: (code: ErrorCode) => void;
  readonly log: Logger;
}

/**
 * Starts to listen for reviews, where the configuration says so.
 * @throws AncileError `config_invalid`, `address_in_use`
 */
export async function startAdmission(
  options: AdmissionOptions,
): Promise<Pick<AdmissionListener, 'address' | 'close'> | undefined> {
  const { loaded, inventory, append, noteRefusal, log } = options;
  const first = loaded();
  const settings = first.config.admission;
  if (settings === undefined) return undefined;
  checkAdmission(first);
  readAdmissionToken(first);
  let tls = readAdmissionTls(first);
  const onFault = (err: unknown): void => log.error({ err }, 'admission');
  const now = (): NonNullable<LoadedConfig['config']['admission']> => loaded().config.admission ?? settings;
  const listener = await startAdmissionListener({
    settings,
    tls,
    token: () => readAdmissionToken(loaded()),
    review: createReview({
      inventory,
      kindOf: kindIn(loaded),
      lacks: lacksIn(loaded),
      places: shippedPlaces(),
      settings: now,
      append,
      onFault,
    }),
    noteRefusal,
    onFault,
  });
  log.info({ address: listener.address, mode: settings.mode }, 'admission webhook');
  // Where it listens and whom it knows stays as it was at the start; the files behind that may be others.
  async function renew(): Promise<void> {
    const next = readAdmissionTls(first);
    if (tls === undefined || next === undefined) return;
    if (next.cert.equals(tls.cert) && next.key.equals(tls.key) && same(next.ca, tls.ca)) return;
    listener.renew(next);
    tls = next;
    log.info('the admission webhook has a new certificate');
  }
  const stop = every(RENEW_MS, renew, log);
  return {
    address: listener.address,
    async close() {
      await stop();
      await listener.close();
    },
  };
}

const same = (a: Buffer | undefined, b: Buffer | undefined): boolean =>
  a === undefined || b === undefined ? a === b : a.equals(b);
