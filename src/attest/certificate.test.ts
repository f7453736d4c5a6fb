// Signatures by certificate hold where an unbroken path of authorities leads to one that is trusted, and name the leaf.
import { execFileSync } from 'node:child_process';
import { type KeyObject, createPrivateKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, beforeAll, expect, it } from 'vitest';
import { requireOrSkip } from '../../test/skips.ts';
import type { ModelVerification } from '../contract/index.ts';
import { readCertificates, signModel, verifyModel } from './index.ts';
import { tempFolder } from '../../test/harness/cleanup.ts';
import { FILES, modelOf, place } from './testing/vector.ts';

const folder = tempFolder();
const at = (name: string): string => join(folder, name);
const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });

function hasOpenssl(): boolean {
  try {
    return /^OpenSSL 3/.test(execFileSync('openssl', ['version'], { encoding: 'utf8' }));
  } catch {
    return false;
  }
}
const found = hasOpenssl();

const CA = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign';
const LEAF = 'keyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\nsubjectAltName=email:ml@example.org';

/** Makes a key and its certificate; without an issuer it is its own. */
function issue(
  name: string,
  issuer: string | undefined,
  extensions: string,
  more: readonly string[] = [],
  key = ['ec', 'P-256'],
): void {
  const [kind, size] = key as [string, string];
  const made = kind === 'ec' ? ['-pkeyopt', `ec_paramgen_curve:${size}`] : ['-pkeyopt', `rsa_keygen_bits:${size}`];
  openssl('genpkey', '-algorithm', kind === 'ec' ? 'EC' : 'RSA', ...made, '-out', `${name}.pem`);
  openssl('req', '-new', '-key', `${name}.pem`, '-subj', `/O=Example/CN=${name}`, '-out', `${name}.csr`);
  writeFileSync(at(`${name}.ext`), extensions);
  const by =
    issuer === undefined
      ? ['-signkey', `${name}.pem`]
      : ['-CA', `${issuer}.crt`, '-CAkey', `${issuer}.pem`, '-CAcreateserial'];
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    ...by,
    '-extfile',
    `${name}.ext`,
    '-days',
    '30',
    '-out',
    `${name}.crt`,
    ...more,
  );
}

const certificates = (...names: string[]) =>
  names.flatMap((name) => readCertificates(readFileSync(at(`${name}.crt`), 'utf8'), name));
const keyOf = (name: string): KeyObject => createPrivateKey(readFileSync(at(`${name}.pem`)));

/** Signs by a leaf and those above it, verifies by what is trusted. */
async function check(
  chain: string[],
  trusted: string[],
  more: { identity?: string; now?: number } = {},
): Promise<ModelVerification> {
  const model = modelOf(FILES);
  const { bundle } = await signModel(model, { key: keyOf(chain[0]!), certificates: certificates(...chain) });
  place(model, bundle);
  const { now, ...identity } = more;
  return verifyModel(model, { trust: { certificates: certificates(...trusted), ...identity }, now });
}

const needs = (context: TestContext): void => requireOrSkip(context, found, 'openssl 3 makes the certificates');

beforeAll(() => {
  if (!found) return;
  issue('root', undefined, CA);
  issue('other', undefined, CA);
  issue('middle', 'root', `${CA}\n`.replace('CA:TRUE', 'CA:TRUE,pathlen:0'));
  issue('leaf', 'middle', LEAF);
  issue('leaf521', 'middle', LEAF, [], ['ec', 'P-521']);
});

it('follows the path to the root, and names who signed', async (context) => {
  needs(context);
  const result = await check(['leaf', 'middle', 'root'], ['root']);
  expect(result).toMatchObject({
    verified: true,
    signer: {
      method: 'certificate',
      subject: 'O=Example, CN=leaf',
      identities: ['ml@example.org'],
      issuer: 'O=Example, CN=middle',
    },
  });
  expect((await check(['leaf521', 'middle'], ['other', 'root'])).verified).toBe(true);
  // What is given is trusted: the authority itself, or the very certificate.
  expect((await check(['leaf'], ['middle'])).verified).toBe(true);
  expect((await check(['leaf'], ['leaf'])).verified).toBe(true);
  for (const identity of ['ml@example.org', 'leaf']) {
    expect((await check(['leaf', 'middle'], ['root'], { identity })).verified).toBe(true);
  }
});

it('refuses a path that is broken, with the reason', async (context) => {
  needs(context);
  issue('plain', 'root', 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature');
  issue('below-plain', 'plain', LEAF);
  issue('deep', 'middle', CA);
  issue('below-deep', 'deep', LEAF);
  issue('tls', 'middle', 'keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth');
  issue('cipher', 'middle', 'keyUsage=critical,keyEncipherment');
  issue('silent', 'middle', 'subjectAltName=email:x@example.org');
  issue('narrow', 'root', `${CA}\nnameConstraints=critical,permitted;email:example.com`);
  issue('below-narrow', 'narrow', LEAF);
  issue('sha1', 'root', LEAF, ['-sha1']);
  issue('small', undefined, CA, [], ['rsa', '1024']);
  issue('below-small', 'small', LEAF);
  const day = 86_400_000;
  const cases: [chain: string[], trusted: string[], said: RegExp, now?: number][] = [
    [['leaf', 'middle'], ['other'], /no path leads/],
    [['leaf'], ['root'], /no path leads/],
    [['below-plain', 'plain'], ['root'], /CN=plain is no authority/],
    [['below-deep', 'deep', 'middle'], ['root'], /CN=middle may not have authorities below/],
    [['tls', 'middle'], ['root'], /not for signing code/],
    [['cipher', 'middle'], ['root'], /may not sign by its key usage/],
    [['silent', 'middle'], ['root'], /does not say what it may be used for/],
    [['below-narrow', 'narrow'], ['root'], /critical extensions.*2\.5\.29\.30/],
    [['sha1'], ['root'], /broken hash/],
    [['below-small'], ['small'], /shorter than 2048/],
    [['leaf', 'middle'], ['root'], /leaf has expired/, Date.now() + 31 * day],
    [['leaf', 'middle'], ['root'], /leaf is not valid before/, Date.now() - 2 * day],
  ];
  for (const [chain, trusted, said, now] of cases) {
    const { problems } = await check(chain, trusted, now === undefined ? {} : { now });
    expect(problems, chain.join(' ')).toMatchObject([
      { step: 'signature', kind: 'untrusted', message: expect.stringMatching(said) },
    ]);
  }
  const stranger = await check(['leaf', 'middle'], ['root'], { identity: 'other@example.org' });
  expect(stranger.problems).toMatchObject([{ message: expect.stringContaining('not by other@example.org') }]);
});

it('does not believe a certificate for what another key signed, nor one that was changed', async (context) => {
  needs(context);
  const model = modelOf(FILES);
  await expect(signModel(model, { key: keyOf('leaf'), certificates: certificates('leaf521') })).rejects.toThrow(
    'another key',
  );
  const { bundle } = await signModel(model, { key: keyOf('leaf'), certificates: certificates('leaf', 'middle') });
  const parsed = JSON.parse(bundle) as {
    verificationMaterial: { x509CertificateChain: { certificates: { rawBytes: string }[] } };
  };
  const chain = parsed.verificationMaterial.x509CertificateChain.certificates;
  const leaf = Buffer.from(chain[0]!.rawBytes, 'base64');
  const reasons = new Set<string>();
  for (let i = 0; i < leaf.length; i += 7) {
    const broken = Buffer.from(leaf);
    broken[i]! ^= 1;
    chain[0]!.rawBytes = broken.toString('base64');
    place(model, parsed);
    const { problems } = await verifyModel(model, { trust: { certificates: certificates('root') } });
    expect(problems).toHaveLength(1);
    expect(problems[0]!.step).toBe('signature');
    reasons.add(problems[0]!.kind);
  }
  expect(reasons).toEqual(new Set(['malformed', 'untrusted']));
});

it('is bounded where certificates all seem to have issued each other', async (context) => {
  needs(context);
  // The same name and key in ten certificates.
  issue('loop', undefined, CA);
  const twins = Array.from({ length: 9 }, (_, i) => {
    openssl(
      'x509',
      '-req',
      '-in',
      'loop.csr',
      '-signkey',
      'loop.pem',
      '-extfile',
      'loop.ext',
      '-days',
      '30',
      '-set_serial',
      `${i + 5}`,
      '-out',
      `twin${i}.crt`,
    );
    return `twin${i}`;
  });
  issue('under', 'loop', LEAF);
  const { problems } = await check(['under', ...twins], ['root']);
  expect(problems).toMatchObject([{ message: expect.stringMatching(/too many paths|no path/) }]);
});
