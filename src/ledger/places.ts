// Where a term occurs within a block of consecutive seqs: few places as a list, many as a bitmap.

/** Records a block. */
export const BLOCK = 4096;
const WORDS = BLOCK / 32;
const BITMAP_BYTES = BLOCK / 8;
/** A list takes two bytes a place; from here on the bitmap is smaller. */
const MAX_LISTED = BITMAP_BYTES / 2 - 1;

/** A bit for each place of a block. */
export type Places = Uint32Array;

export const noPlaces = (): Places => new Uint32Array(WORDS);

export function addPlace(places: Places, place: number): void {
  places[place >>> 5]! |= 1 << (place & 31);
}

export function removePlace(places: Places, place: number): void {
  places[place >>> 5]! &= ~(1 << (place & 31));
}

/** The places, ascending. */
export function listPlaces(places: Places): number[] {
  const found: number[] = [];
  for (let i = 0; i < WORDS; i++) {
    for (let word = places[i]!; word !== 0; word &= word - 1) found.push(i * 32 + (31 - Math.clz32(word & -word)));
  }
  return found;
}

/** Keeps those that are in both; whether any is left. */
export function keepCommon(places: Places, others: Places): boolean {
  let any = 0;
  for (let i = 0; i < WORDS; i++) any |= places[i]! &= others[i]!;
  return any !== 0;
}

/** Adds the places of a stored form. The driver gives blobs as ArrayBuffers. */
export function addStored(places: Places, stored: Uint8Array | ArrayBuffer): void {
  const bytes = stored instanceof ArrayBuffer ? new Uint8Array(stored) : stored;
  if (bytes.length === BITMAP_BYTES) {
    for (let i = 0, at = 0; i < WORDS; i++, at += 4) {
      places[i]! |= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    }
    return;
  }
  for (let at = 0; at + 1 < bytes.length; at += 2) addPlace(places, (bytes[at]! | (bytes[at + 1]! << 8)) & (BLOCK - 1));
}

/** The form in which places are stored: little-endian, 16 bits a place or a bit a place. */
export function storePlaces(places: Places): Buffer {
  const listed = listPlaces(places);
  if (listed.length > MAX_LISTED) {
    const bitmap = Buffer.allocUnsafe(BITMAP_BYTES);
    for (let i = 0; i < WORDS; i++) bitmap.writeUInt32LE(places[i]!, i * 4);
    return bitmap;
  }
  const list = Buffer.allocUnsafe(listed.length * 2);
  for (let i = 0; i < listed.length; i++) list.writeUInt16LE(listed[i]!, i * 2);
  return list;
}
