// A bounded cache whose hit costs one map lookup: two generations, the older dropped whole when the younger is full.

/** Holds the last `size` to `2 * size` entries asked for. */
export interface GenerationCache<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

/** An LRU reorders on every hit; here a hit in the young generation changes nothing, which is what makes it cheap. */
export function createGenerationCache<Value>(size: number): GenerationCache<Value> {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  const set = (key: string, value: Value): void => {
    if (young.size >= size) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  };
  return {
    get(key) {
      const hit = young.get(key);
      if (hit !== undefined) return hit;
      const kept = old.get(key);
      if (kept !== undefined) set(key, kept);
      return kept;
    },
    set,
  };
}
