// Custody of our own keys: signing, keyed digests, evidence encryption.
export { equalSecrets } from './equal-secrets.ts';
export { openKeys, type Keys } from './keys.ts';
export { loadPrivateKey } from './private-key.ts';
export { PUBLIC_KEY_PATH, loadPublicKey, type PublicKey } from './public-key.ts';
export { createSeal, type Seal } from './seal.ts';
export { isSealed, openSealedStream, sealStream } from './passphrase-seal.ts';
