// A model verifies where each byte is as it was signed and the signer is trusted, and otherwise says what is not.
import { type KeyObject, createHash, generateKeyPairSync, verify } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/harness/cleanup.ts';
import type { ModelVerification } from '../contract/index.ts';
import { type VerifyOptions, readPublicKey, signModel, verifyModel } from './index.ts';
import { type Curve, FILES, bundleOf, keyPair, modelOf, pae, place, sha256, statementOf } from './testing/vector.ts';

const { privateKey, publicKey } = keyPair();

const check = (model: string, options: Partial<VerifyOptions> = {}): Promise<ModelVerification> =>
  verifyModel(model, { trust: { keys: [publicKey] }, ...options });

/** Step, kind and path of each problem. */
const problemsOf = ({ problems }: ModelVerification): string[] =>
  problems.map(({ step, kind, path }) => [step, kind, path].filter(Boolean).join(' '));

/** A model with this statement over it, signed by hand. */
function signed(statement: unknown, files: Readonly<Record<string, string | Uint8Array>> = FILES): string {
  const model = modelOf(files);
  place(model, bundleOf(JSON.stringify(statement), privateKey));
  return model;
}

describe('against the specifications', () => {
  it.each<Curve>(['P-256', 'P-384', 'P-521'])('signs with %s what is verified by hand', async (curve) => {
    const pair = keyPair(curve);
    const model = modelOf(FILES);
    const { bundle } = await signModel(model, { key: pair.privateKey });
    const { mediaType, verificationMaterial, dsseEnvelope } = JSON.parse(bundle) as ReturnType<typeof bundleOf>;
    expect(mediaType).toBe('application/vnd.dev.sigstore.bundle.v0.3+json');
    expect(verificationMaterial.publicKey.hint).toBe(sha256(pair.publicKey.export({ type: 'spki', format: 'pem' })));
    const payload = Buffer.from(dsseEnvelope.payload, 'base64').toString('utf8');
    const hash = { 'P-256': 'sha256', 'P-384': 'sha384', 'P-521': 'sha512' }[curve];
    const signature = Buffer.from(dsseEnvelope.signatures[0]!.sig, 'base64');
    expect(verify(hash, pae(payload, dsseEnvelope.payloadType), pair.publicKey, signature)).toBe(true);
    const { predicate, ...rest } = statementOf(FILES);
    expect(JSON.parse(payload)).toEqual({
      ...rest,
      predicate: {
        ...predicate,
        serialization: {
          ...predicate.serialization,
          ignore_paths: ['.git', '.gitattributes', '.github', '.gitignore', 'model.sig'],
        },
      },
    });
  });

  it.each<Curve>(['P-256', 'P-384', 'P-521'])('verifies what was signed by hand with %s', async (curve) => {
    const pair = keyPair(curve);
    const model = modelOf(FILES);
    place(model, bundleOf(JSON.stringify(statementOf(FILES), null, 2), pair.privateKey, curve));
    const result = await check(model, { trust: { keys: [publicKey, pair.publicKey] } });
    expect(result).toMatchObject({ verified: true, problems: [], files: { intact: 3 } });
    expect(result.digest).toBe(statementOf(FILES).subject[0]!.digest.sha256);
    expect(result.signer).toEqual({
      method: 'key',
      keySha256: sha256(pair.publicKey.export({ type: 'spki', format: 'der' })),
    });
  });

  it('sorts names by code points, and lists shards as the reference names them', async () => {
    const names = ['a-b', 'a/b', 'z', '\u{1f600}', '\uffee', 'é'];
    const model = modelOf(Object.fromEntries(names.map((name) => [name, name])));
    const { model: digested } = await signModel(model, { key: privateKey });
    expect(digested.resources.map(({ name }) => name)).toEqual(['a-b', 'a/b', 'z', 'é', '\uffee', '\u{1f600}']);
    const sharded = modelOf({ 'w.bin': '0123456789', empty: '' });
    const { bundle } = await signModel(sharded, { key: privateKey }, { shardSize: 4 });
    const payload = Buffer.from((JSON.parse(bundle) as ReturnType<typeof bundleOf>).dsseEnvelope.payload, 'base64');
    expect(JSON.parse(payload.toString()).predicate).toMatchObject({
      serialization: { method: 'shards', hash_type: 'sha256', shard_size: 4 },
      resources: [
        { name: 'empty:0:0', algorithm: 'sha256-sharded-4', digest: sha256('') },
        { name: 'w.bin:0:4', algorithm: 'sha256-sharded-4', digest: sha256('0123') },
        { name: 'w.bin:4:8', digest: sha256('4567') },
        { name: 'w.bin:8:10', digest: sha256('89') },
      ],
    });
    place(sharded, bundle);
    expect((await check(sharded)).verified).toBe(true);
    writeFileSync(join(sharded, 'w.bin'), '01234567x9');
    expect(problemsOf(await check(sharded))).toEqual(['files changed w.bin']);
    writeFileSync(join(sharded, 'w.bin'), '01234567');
    expect(problemsOf(await check(sharded))).toEqual(['files changed w.bin']);
  });

  it('reads what older signers wrote: 0.2, its wrong encoding, another order, no hint, another hash', async () => {
    const { subject: _, ...rest } = statementOf(FILES);
    const old = {
      ...rest,
      predicateType: 'https://model_signing/Digests/v0.1',
      subject: statementOf(FILES).predicate.resources.map(({ name, digest }) => ({ name, digest: { sha256: digest } })),
      predicate: { unused: "it's" },
    };
    expect((await check(signed(old))).verified).toBe(true);
    const payload = JSON.stringify(old, null, 2);
    const type = 'application/vnd.in-toto+json';
    // As Python shows bytes that hold both quotes.
    const shown = payload.replace(/\n/g, '\\n').replace(/'/g, "\\'");
    const wrong = Buffer.from(`DSSEV1 ${type.length} ${type} ${payload.length} b'${shown}'`);
    const model = modelOf(FILES);
    place(model, bundleOf(payload, privateKey, 'P-256', wrong));
    expect((await check(model)).verified).toBe(true);

    const turned = statementOf(FILES);
    turned.predicate.resources.reverse();
    turned.subject[0]!.digest.sha256 = sha256(
      Buffer.concat(turned.predicate.resources.map(({ digest }) => Buffer.from(digest, 'hex'))),
    );
    expect((await check(signed(turned))).verified).toBe(true);

    const bundle = bundleOf(JSON.stringify(statementOf(FILES)), privateKey);
    place(model, {
      ...bundle,
      verificationMaterial: { publicKey: { rawBytes: 'AAAA', keyDetails: 'PKIX_ECDSA_P256_SHA_256' } },
    });
    expect((await check(model)).verified).toBe(true);
    const der = sha256(publicKey.export({ type: 'spki', format: 'der' }));
    place(model, { ...bundle, verificationMaterial: { publicKey: { hint: der } } });
    expect((await check(model)).verified).toBe(true);

    const blake = (content: string): string => createHash('blake2b512').update(content).digest('hex');
    const other = statementOf({ a: 'a' });
    const predicate = {
      serialization: { ...other.predicate.serialization, hash_type: 'blake2b' },
      resources: [{ name: 'a', algorithm: 'blake2b', digest: blake('a') }],
    };
    const whole = [{ name: 'm', digest: { sha256: sha256(Buffer.from(blake('a'), 'hex')) } }];
    expect((await check(signed({ ...other, subject: whole, predicate }, { a: 'a' }))).verified).toBe(true);
  });
});

describe('the files', () => {
  it('names each that was changed, is missing, or was added', async () => {
    const model = signed(statementOf(FILES));
    writeFileSync(join(model, 'weights.bin'), 'weightz');
    rmSync(join(model, 'config.json'));
    mkdirSync(join(model, 'new'));
    writeFileSync(join(model, 'new/evil.py'), 'x');
    const result = await check(model);
    expect(problemsOf(result)).toEqual([
      'files missing config.json',
      'files added new/evil.py',
      'files changed weights.bin',
    ]);
    expect(result).toMatchObject({ verified: false, files: { intact: 1 } });
  });

  it('passes over what the signer or the verifier leaves out, and says so; never over what was signed', async () => {
    const model = signed(statementOf(FILES));
    mkdirSync(join(model, '.git'));
    writeFileSync(join(model, '.git/config'), 'x');
    writeFileSync(join(model, 'extra.txt'), 'x');
    expect(problemsOf(await check(model))).toEqual(['files added extra.txt']);
    const lenient = await check(model, { ignoreUnsignedFiles: true });
    expect(lenient).toMatchObject({ verified: true, uncovered: ['.git', 'extra.txt'] });
    expect((await check(model, { ignore: ['extra.txt'] })).uncovered).toEqual(['.git', 'extra.txt']);
    writeFileSync(join(model, 'weights.bin'), 'changed');
    expect(problemsOf(await check(model, { ignoreUnsignedFiles: true }))).toEqual(
      expect.arrayContaining(['files changed weights.bin']),
    );
    expect((await check(model, { ignore: ['extra.txt', 'weights.bin'] })).verified).toBe(true);

    const hidden = statementOf({ ...FILES, '.git/hook': 'x', 'sub/b': 'b' });
    hidden.predicate.serialization.ignore_paths.push('sub');
    const other = signed(hidden, { ...FILES, '.git/hook': 'y', 'sub/b': 'b' });
    writeFileSync(join(other, 'sub/unsigned'), 'x');
    const result = await check(other);
    expect(problemsOf(result)).toEqual(['files changed .git/hook']);
    expect(result.uncovered).toEqual(['sub/unsigned']);
  });

  it('refuses links, and with leave follows them within the model only', async () => {
    const model = modelOf(FILES);
    symlinkSync('weights.bin', join(model, 'link'));
    await expect(signModel(model, { key: privateKey })).rejects.toThrow('link is a symbolic link');
    place(model, (await signModel(model, { key: privateKey }, { allowSymlinks: true })).bundle);
    expect((await check(model)).verified).toBe(true);
    rmSync(join(model, 'link'));
    symlinkSync('config.json', join(model, 'link'));
    expect(problemsOf(await check(model))).toEqual(['files changed link']);
    rmSync(join(model, 'link'));
    for (const [target, said] of [
      ['/etc/hostname', 'leads out'],
      ['../outside', 'leads nowhere'],
      ['sub', 'to a folder'],
      ['link', 'leads nowhere'],
    ] as const) {
      symlinkSync(target, join(model, 'link'));
      const result = await check(model);
      expect(result.problems, target).toMatchObject([
        { kind: 'unreadable', path: 'link', message: expect.stringContaining(said) },
      ]);
      rmSync(join(model, 'link'));
    }
    const beside = signed(statementOf(FILES));
    symlinkSync('/etc/hostname', join(beside, 'new'));
    expect(await check(beside, { ignoreUnsignedFiles: true })).toMatchObject({ verified: true, uncovered: ['new'] });
    // One that was put in a file's place.
    const plain = signed(statementOf(FILES));
    const outside = join(tempFolder(), 'same');
    writeFileSync(outside, 'weights');
    rmSync(join(plain, 'weights.bin'));
    symlinkSync(outside, join(plain, 'weights.bin'));
    expect(problemsOf(await check(plain, { allowSymlinks: true }))).toEqual(['files unreadable weights.bin']);
    expect(problemsOf(await check(plain, { ignoreUnsignedFiles: true }))).toEqual(['files unreadable weights.bin']);
  });

  it('takes a model that is one file, by its name or as the reference names it', async () => {
    const model = modelOf({ 'm.gguf': 'content' });
    const file = join(model, 'm.gguf');
    const { bundle } = await signModel(file, { key: privateKey });
    writeFileSync(`${file}.sig`, bundle);
    expect((await check(file)).verified).toBe(true);
    writeFileSync(`${file}.sig`, JSON.stringify(bundleOf(JSON.stringify(statementOf({ '.': 'content' })), privateKey)));
    expect((await check(file)).verified).toBe(true);
    writeFileSync(file, 'changed');
    expect(problemsOf(await check(file))).toEqual(['files changed m.gguf']);
  });

  it('notes names that only some systems tell apart', async () => {
    const files = { 'Model.bin': 'a', 'model.bin': 'b' };
    const result = await check(signed(statementOf(files), files));
    expect(result).toMatchObject({
      verified: true,
      notes: [expect.stringContaining('Model.bin and model.bin are one file')],
    });
  });
});

describe('a bundle that was tampered with', () => {
  const good = bundleOf(JSON.stringify(statementOf(FILES)), privateKey);
  const first = async (bundle: unknown, keys: KeyObject[] = [publicKey]): Promise<string> => {
    const model = modelOf(FILES);
    place(model, bundle);
    const { verified, problems } = await verifyModel(model, { trust: { keys } });
    expect(verified).toBe(false);
    expect(problems).toHaveLength(1);
    return `${problems[0]!.step} ${problems[0]!.kind}: ${problems[0]!.message}`;
  };
  const envelope = (change: object): object => ({ ...good, dsseEnvelope: { ...good.dsseEnvelope, ...change } });
  const material = (verificationMaterial: object): object => ({ ...good, verificationMaterial });

  it('fails at the step that it concerns, with the reason', async () => {
    const other = keyPair();
    const changed = good.dsseEnvelope.payload.replace(/.{4}$/, 'e30=');
    const { sig } = good.dsseEnvelope.signatures[0]!;
    const cases: [bundle: unknown, said: RegExp][] = [
      ['', /^bundle malformed/],
      ['{', /^bundle malformed/],
      [JSON.stringify(good).slice(0, 100), /^bundle malformed/],
      [JSON.stringify(good).replace('{', '{"mediaType":"x",'), /^bundle malformed/],
      [{ ...good, mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1' }, /^bundle malformed.*media type/],
      [{ ...good, dsseEnvelope: undefined }, /^bundle malformed.*dsseEnvelope/],
      [material({}), /^bundle malformed.*one way/],
      [material({ ...good.verificationMaterial, certificate: { rawBytes: 'AAAA' } }), /^bundle malformed.*one way/],
      [envelope({ signatures: [] }), /^bundle malformed/],
      [envelope({ signatures: [{ sig }, { sig }] }), /^bundle malformed/],
      [envelope({ payload: `${good.dsseEnvelope.payload}!` }), /^bundle malformed/],
      [envelope({ payloadType: 'text/plain' }), /^signature malformed/],
      [envelope({ payload: changed }), /^signature untrusted.*changed after signing/],
      [envelope({ signatures: [{ sig: sig.replace(/^..../, 'AAAA') }] }), /^signature untrusted/],
      [envelope({ signatures: [{ sig: '' }] }), /^signature untrusted/],
      [material({ publicKey: { hint: '00'.repeat(32) } }), /^signature untrusted: it is signed by another key/],
      [
        material({ x509CertificateChain: { certificates: [{ rawBytes: 'AAAA' }] } }),
        /^signature untrusted.*no trusted certificate/,
      ],
      [material({ certificate: { rawBytes: 'AAAA' } }), /^signature untrusted.*keyless/],
      [
        bundleOf(JSON.stringify(statementOf(FILES)), other.privateKey),
        /^signature untrusted: it is signed by another key/,
      ],
    ];
    for (const [bundle, said] of cases) expect(await first(bundle)).toMatch(said);
    expect(await first(good, [])).toMatch(/no key to verify by/);
    expect(await first(good, [keyPair('P-384').publicKey])).toMatch(/another key/);
    const bare = material({ publicKey: {} });
    expect(await first(bare, [keyPair('P-384').publicKey, other.publicKey])).toMatch(
      /changed after signing, or|not over this content/,
    );
    expect(await first('['.repeat(200) + ']'.repeat(200))).toMatch(/^bundle malformed/);
  });

  it('never throws, and verifies only where what was signed is untouched, whatever byte is changed', async () => {
    const model = modelOf({ a: 'a' });
    const bundle = bundleOf(JSON.stringify(statementOf({ a: 'a' })), privateKey);
    const bytes = Buffer.from(JSON.stringify(bundle));
    for (let i = 0; i < bytes.length; i += 3) {
      const broken = Buffer.from(bytes);
      broken[i]! ^= 1 << (i % 7);
      place(model, broken.toString('latin1'));
      const { verified } = await check(model);
      const untouched =
        broken.includes(bundle.dsseEnvelope.payload) && broken.includes(bundle.dsseEnvelope.signatures[0]!.sig);
      if (verified) expect(untouched, `byte ${i}`).toBe(true);
    }
  });

  it('is larger than any model needs', async () => {
    const model = modelOf(FILES);
    place(model, good);
    truncateSync(join(model, 'model.sig'), 200_000_000);
    expect((await check(model)).problems).toMatchObject([
      { step: 'bundle', message: expect.stringContaining('too large') },
    ]);
  });

  it('is not there: unsigned', async () => {
    expect(problemsOf(await check(modelOf(FILES)))[0]).toMatch(/^bundle unsigned/);
    await expect(check('/nowhere/at/all')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is signed rightly over a statement that is none', async () => {
    const good = statementOf(FILES);
    const resource = good.predicate.resources[0]!;
    const resources = (...more: object[]): object => {
      const all = [...good.predicate.resources, ...more] as { digest: string }[];
      const root = sha256(Buffer.concat(all.map(({ digest }) => Buffer.from(digest, 'hex'))));
      return {
        ...good,
        subject: [{ name: 'm', digest: { sha256: root } }],
        predicate: { ...good.predicate, resources: all },
      };
    };
    const serialization = (change: object): object => ({
      ...good,
      predicate: { ...good.predicate, serialization: { ...good.predicate.serialization, ...change } },
    });
    const cases: [statement: unknown, said: string][] = [
      [[], 'no in-toto statement'],
      [{ ...good, _type: 'https://in-toto.io/Statement/v0.1' }, '_type'],
      [{ ...good, predicateType: 'https://slsa.dev/provenance/v1' }, 'no model signature'],
      [{ ...good, subject: [...good.subject, ...good.subject] }, 'one subject'],
      [{ ...good, subject: [{ name: 'm', digest: { sha256: '00'.repeat(32) } }] }, 'the one over its files'],
      [{ ...good, predicate: { ...good.predicate, resources: [] } }, 'resources'],
      [{ ...good, predicate: { resources: good.predicate.resources } }, 'serialization'],
      [resources(resource), 'twice'],
      [resources({ ...resource, name: '../secret' }), 'not within the model'],
      [resources({ ...resource, name: '/etc/passwd' }), 'not within the model'],
      [resources({ ...resource, name: 'sub//x' }), 'not within the model'],
      [resources({ ...resource, name: './config.json' }), 'not within the model'],
      [resources({ ...resource, name: 'x', algorithm: 'md5' }), 'hashed by md5'],
      [resources({ ...resource, name: 'x', digest: 'ab'.repeat(64) }), 'not one of sha256'],
      [serialization({ hash_type: 'md5' }), 'md5'],
      [serialization({ hash_type: '__proto__' }), '__proto__'],
      [serialization({ method: 'shards' }), 'size of its shards'],
      [serialization({ method: 'shards', shard_size: 4 }), 'not within the model'],
      [serialization({ method: 'tensors' }), 'method'],
      [serialization({ ignore_paths: ['.'] }), 'leaves out'],
      [serialization({ ignore_paths: ['../..'] }), 'leaves out'],
    ];
    for (const [statement, said] of cases) {
      const { problems } = await check(signed(statement));
      expect(problems, said).toMatchObject([
        { step: 'statement', kind: 'malformed', message: expect.stringContaining(said) },
      ]);
    }
  });
});

it('reads public keys for models, and gives a private one’s public half', () => {
  const pem = (key: KeyObject, type: 'spki' | 'pkcs8'): string => key.export({ type, format: 'pem' }).toString();
  expect(readPublicKey(pem(publicKey, 'spki'), 'k').equals(publicKey)).toBe(true);
  expect(readPublicKey(pem(privateKey, 'pkcs8'), 'k').equals(publicKey)).toBe(true);
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  for (const text of ['', 'nonsense', pem(rsa, 'spki')]) {
    expect(() => readPublicKey(text, 'the file')).toThrow(/the file (holds no public key|is no key for models)/);
  }
});

it('does not sign with a key of another kind, nothing, or what is no model', async () => {
  const ed = generateKeyPairSync('ed25519').privateKey;
  const koblitz = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey;
  const model = modelOf(FILES);
  for (const key of [ed, koblitz]) await expect(signModel(model, { key })).rejects.toMatchObject({ code: 'usage' });
  await expect(signModel(modelOf({}), { key: privateKey })).rejects.toThrow('no file');
  await expect(signModel(modelOf({ '.git/x': 'x' }), { key: privateKey })).rejects.toThrow('no file');
  await expect(signModel(modelOf({ 'a:b': 'x' }), { key: privateKey }, { shardSize: 4 })).rejects.toThrow('colon');
  await expect(signModel(model, { key: privateKey }, { ignore: ['../x'] })).rejects.toThrow('not within');
  expect(readFileSync(join(model, 'config.json'), 'utf8')).toBe('{}');
});
