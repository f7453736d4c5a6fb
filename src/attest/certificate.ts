// Certificates that vouch for a signing key: what each may be used for, and a path from it to one that is trusted.
import { X509Certificate } from 'node:crypto';
import {
  BIT_STRING,
  BOOLEAN,
  type DerValue,
  INTEGER,
  OBJECT_ID,
  OCTET_STRING,
  SEQUENCE,
  expectDer,
  readDer,
  toOid,
} from './der.ts';
import { Refused, malformed, untrusted } from './refused.ts';

const OID = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  certificatePolicies: '2.5.29.32',
  extendedKeyUsage: '2.5.29.37',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  anyUsage: '2.5.29.37.0',
} as const;
/** Critical extensions that are heeded here. Any other that is critical (name constraints, say) refuses its certificate. */
const HEEDED: ReadonlySet<string> = new Set([
  OID.keyUsage,
  OID.subjectAltName,
  OID.basicConstraints,
  OID.certificatePolicies,
  OID.extendedKeyUsage,
]);
/** MD5 and SHA-1 with RSA, SHA-1 with ECDSA: collisions can be made. */
const BROKEN_SIGNATURES: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.4',
  '1.2.840.113549.1.1.5',
  '1.2.840.10045.4.1',
]);
/** Tags of general names that say who somebody is: address, host, URI. */
const NAME_TAGS: ReadonlySet<number> = new Set([0x81, 0x82, 0x86]);
const MAX_PATH = 8;
/** Certificates that all seem to have issued each other must not cost more than this. */
const MAX_CHECKS = 200;
const DIGITAL_SIGNATURE = 0;
const KEY_CERT_SIGN = 5;

export interface Certificate {
  readonly x509: X509Certificate;
  readonly isCa: boolean;
  /** How many authorities may stand between it and the leaf. */
  readonly pathLength: number | undefined;
  /** Whether a bit of the key usage is set; undefined where the certificate does not say. */
  readonly usage: ((bit: number) => boolean) | undefined;
  readonly extendedUsage: readonly string[] | undefined;
  /** Addresses, hosts and URIs it was issued to. */
  readonly identities: readonly string[];
  readonly unheeded: readonly string[];
  readonly isBroken: boolean;
}

function readExtensions(tbs: readonly DerValue[]): Map<string, { readonly critical: boolean; readonly value: Buffer }> {
  const found = new Map<string, { critical: boolean; value: Buffer }>();
  const field = tbs.find(({ tag }) => tag === 0xa3);
  if (field === undefined) return found;
  for (const extension of readDer(expectDer(readDer(field.bytes)[0], SEQUENCE))) {
    const parts = readDer(expectDer(extension, SEQUENCE));
    const oid = toOid(expectDer(parts[0], OBJECT_ID));
    const critical = parts[1]?.tag === BOOLEAN && parts[1].bytes[0] !== 0;
    if (found.has(oid)) malformed('a certificate has an extension twice');
    found.set(oid, { critical, value: expectDer(parts.at(-1), OCTET_STRING) });
  }
  return found;
}

/** @throws Refused for what is no certificate */
export function readCertificate(der: Buffer): Certificate {
  let x509: X509Certificate;
  try {
    x509 = new X509Certificate(der);
  } catch {
    malformed('a certificate cannot be read');
  }
  const outer = readDer(expectDer(readDer(x509.raw)[0], SEQUENCE));
  const extensions = readExtensions(readDer(expectDer(outer[0], SEQUENCE)));
  const signatureOid = toOid(expectDer(readDer(expectDer(outer[1], SEQUENCE))[0], OBJECT_ID));

  const constraints = extensions.get(OID.basicConstraints)?.value;
  const parts = constraints === undefined ? [] : readDer(expectDer(readDer(constraints)[0], SEQUENCE));
  const length = parts.find(({ tag }) => tag === INTEGER)?.bytes;
  const usage = extensions.get(OID.keyUsage)?.value;
  const bits = usage === undefined ? undefined : expectDer(readDer(usage)[0], BIT_STRING).subarray(1);
  const extended = extensions.get(OID.extendedKeyUsage)?.value;
  const names = extensions.get(OID.subjectAltName)?.value;
  return {
    x509,
    isCa: parts[0]?.tag === BOOLEAN && parts[0].bytes[0] !== 0,
    pathLength: length === undefined ? undefined : length.length > 1 ? MAX_PATH : length[0]!,
    usage: bits === undefined ? undefined : (bit) => ((bits[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0,
    extendedUsage:
      extended === undefined
        ? undefined
        : readDer(expectDer(readDer(extended)[0], SEQUENCE)).map((each) => toOid(expectDer(each, OBJECT_ID))),
    identities:
      names === undefined
        ? []
        : readDer(expectDer(readDer(names)[0], SEQUENCE))
            .filter(({ tag }) => NAME_TAGS.has(tag))
            .map(({ bytes }) => bytes.toString('latin1')),
    unheeded: [...extensions].filter(([oid, { critical }]) => critical && !HEEDED.has(oid)).map(([oid]) => oid),
    isBroken: BROKEN_SIGNATURES.has(signatureOid),
  };
}

/** Certificates of a PEM text, in its order. @throws Refused where one cannot be read or there is none */
export function readPemCertificates(pem: string): Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) malformed('there is no certificate in it');
  return blocks.map((block) => readCertificate(Buffer.from(block.split('-----')[2]!, 'base64')));
}

/** The subject or issuer on one line. */
export function onOneLine(name: string): string {
  return name.split('\n').join(', ');
}

const same = (a: Certificate, b: Certificate): boolean => a.x509.raw.equals(b.x509.raw);

function checkItself(certificate: Certificate, now: number): void {
  const { x509, unheeded } = certificate;
  const who = onOneLine(x509.subject);
  if (now < Date.parse(x509.validFrom)) untrusted(`the certificate of ${who} is not valid before ${x509.validFrom}`);
  if (now > Date.parse(x509.validTo)) untrusted(`the certificate of ${who} has expired on ${x509.validTo}`);
  if (unheeded.length > 0)
    untrusted(`the certificate of ${who} has critical extensions nobody here knows: ${unheeded.join(', ')}`);
}

/** Whether `issuer` signed `subject` and may: an authority, in time, with a key that still holds. */
function checkIssuer(subject: Certificate, issuer: Certificate, below: number, now: number): void {
  const who = onOneLine(issuer.x509.subject);
  checkItself(issuer, now);
  if (!issuer.isCa) untrusted(`${who} is no authority and issued a certificate`);
  if (issuer.usage?.(KEY_CERT_SIGN) === false) untrusted(`${who} may not issue certificates by its key usage`);
  if (issuer.pathLength !== undefined && below > issuer.pathLength)
    untrusted(`${who} may not have authorities below it`);
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = issuer.x509.publicKey;
  if (type === 'rsa' && (details?.modulusLength ?? 0) < 2048)
    untrusted(`the RSA key of ${who} is shorter than 2048 bits`);
  if (subject.isBroken) untrusted(`${who} signed a certificate with a broken hash`);
}

function isSignedBy(subject: Certificate, issuer: Certificate): boolean {
  try {
    return subject.x509.verify(issuer.x509.publicKey);
  } catch {
    return false;
  }
}

/** The leaf may sign code: by its key usage, and by its extended usage where it names any. */
function checkLeaf(leaf: Certificate): void {
  const { usage, extendedUsage } = leaf;
  const who = onOneLine(leaf.x509.subject);
  if (usage === undefined && extendedUsage === undefined)
    untrusted(`the certificate of ${who} does not say what it may be used for`);
  if (usage?.(DIGITAL_SIGNATURE) === false) untrusted(`the certificate of ${who} may not sign by its key usage`);
  if (extendedUsage !== undefined && !extendedUsage.some((oid) => oid === OID.codeSigning || oid === OID.anyUsage))
    untrusted(`the certificate of ${who} is not for signing code`);
}

/**
 * Checks that a leaf may sign, and that a path leads from it to one of the trusted certificates. What was given as trusted
 * is trusted, also where it is not self-signed, or is the leaf itself. Revocation is not looked at.
 * @throws Refused with what is wrong on the way that led furthest
 */
export function checkPath(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  trusted: readonly Certificate[],
  now: number,
): void {
  checkLeaf(leaf);
  checkItself(leaf, now);
  let reason: Refused | undefined;
  let checks = 0;
  const climb = (path: readonly Certificate[]): boolean => {
    const last = path.at(-1)!;
    if (trusted.some((each) => same(each, last))) return true;
    if (path.length > MAX_PATH) return false;
    for (const issuer of [...trusted, ...intermediates]) {
      if (path.some((each) => same(each, issuer)) || last.x509.issuer !== issuer.x509.subject) continue;
      if (++checks > MAX_CHECKS) untrusted('the certificates have too many paths between them');
      if (!isSignedBy(last, issuer)) continue;
      try {
        checkIssuer(last, issuer, path.length - 1, now);
      } catch (thrown) {
        if (!(thrown instanceof Refused)) throw thrown;
        reason = thrown;
        continue;
      }
      if (climb([...path, issuer])) return true;
    }
    return false;
  };
  if (climb([leaf])) return;
  throw (
    reason ?? new Refused('untrusted', `no path leads from ${onOneLine(leaf.x509.subject)} to a trusted certificate`)
  );
}
