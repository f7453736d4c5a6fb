// Counts over a sliding window, in slots of a twentieth of it: what a group costs does not grow with its traffic. What is
// older than the window is forgotten a slot at a time, so a window is up to a twentieth longer than it says.

/** Triples of slot, count and sum, by slot. A plain list, so that it can be written down as it is. */
export type Buckets = number[];

export const SLOTS = 20;

/** Adds to the slot of a time; one that comes late goes to its own slot, unless that is past. */
export function addTo(buckets: Buckets, slot: number, count: number, sum: number): void {
  let at = buckets.length - 3;
  while (at >= 0 && buckets[at]! > slot) at -= 3;
  if (at >= 0 && buckets[at] === slot) {
    buckets[at + 1]! += count;
    buckets[at + 2]! += sum;
    return;
  }
  if (at === buckets.length - 3) buckets.push(slot, count, sum);
  else buckets.splice(at + 3, 0, slot, count, sum);
}

/** Forgets what is older than a slot. */
export function pruneTo(buckets: Buckets, oldest: number): void {
  let cut = 0;
  while (cut < buckets.length && buckets[cut]! < oldest) cut += 3;
  if (cut > 0) buckets.splice(0, cut);
}

export interface Total {
  count: number;
  sum: number;
  /** Slots that hold anything. */
  slots: number;
}

/** What is in the slots from `from` to `to`, both included. */
export function totalOf(buckets: Buckets, from: number, to: number): Total {
  const total = { count: 0, sum: 0, slots: 0 };
  for (let at = 0; at < buckets.length; at += 3) {
    const slot = buckets[at]!;
    if (slot < from || slot > to) continue;
    total.count += buckets[at + 1]!;
    total.sum += buckets[at + 2]!;
    total.slots++;
  }
  return total;
}
