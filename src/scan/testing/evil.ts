// The least that is dangerous, and the least that is not: what containers are filled with in tests.

/** `os.system('echo hi')` as a pickle of protocol 2. */
export const EVIL = Buffer.from('\u0080\u0002cos\nsystem\nX\u0007\0\0\0echo hi\u0085R.', 'latin1');
export const PLAIN = 'a plain text\n';
