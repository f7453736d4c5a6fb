// A map that is bounded in count and in bytes: what was used least lately is forgotten, and whoever asks may know that it was.

interface Entry<V> {
  readonly value: V;
  readonly bytes: number;
}

export class Remembered<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #most: number;
  readonly #mostBytes: number;
  readonly #onForget: (key: string) => void;
  #bytes = 0;

  /** @param onForget - told of what had to go, not of what was deleted */
  constructor(most: number, mostBytes: number, onForget: (key: string) => void = () => undefined) {
    this.#most = most;
    this.#mostBytes = mostBytes;
    this.#onForget = onForget;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** @param bytes - about so many, now; setting it again says how it has grown */
  set(key: string, value: V, bytes: number): void {
    this.delete(key);
    this.#entries.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#most && this.#bytes <= this.#mostBytes) break;
      this.delete(oldest);
      this.#onForget(oldest);
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }

  entries(): (readonly [string, V])[] {
    return [...this.#entries].map(([key, { value }]) => [key, value] as const);
  }
}
