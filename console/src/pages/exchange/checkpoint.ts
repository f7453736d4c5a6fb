// A checkpoint as it is signed: the ledger's own line of JSON, or a C2SP signed note.

export interface CheckpointClaim {
  readonly size: number;
  /** Hex. */
  readonly root: string;
  readonly time?: string;
  readonly signer?: string;
}

function readJsonLine(text: string): CheckpointClaim | undefined {
  try {
    const note: unknown = JSON.parse(text);
    if (typeof note !== 'object' || note === null || !('size' in note) || !('root' in note)) return undefined;
    const { size, root } = note;
    if (typeof size !== 'number' || typeof root !== 'string') return undefined;
    const time = 'time' in note && typeof note.time === 'string' ? { time: note.time } : {};
    const signer = 'keyId' in note && typeof note.keyId === 'string' ? { signer: note.keyId } : {};
    return { size, root, ...time, ...signer };
  } catch {
    return undefined;
  }
}

function base64ToHex(text: string): string | undefined {
  try {
    return Array.from(atob(text), (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  } catch {
    return undefined;
  }
}

/** What a checkpoint says of the log; undefined where it is in neither form. Says nothing of its signature. */
export function readCheckpoint(text: string): CheckpointClaim | undefined {
  const json = readJsonLine(text);
  if (json !== undefined) return json;
  // https://c2sp.org/tlog-checkpoint: origin, size, root in base64, then extensions, a blank line, signatures.
  const [, size = '', root = ''] = text.split('\n');
  const hex = base64ToHex(root);
  if (!/^(0|[1-9]\d{0,15})$/.test(size) || hex?.length !== 64) return undefined;
  const signer = /^\u2014 (\S+)/m.exec(text)?.[1];
  return { size: Number(size), root: hex, ...(signer === undefined ? {} : { signer }) };
}
