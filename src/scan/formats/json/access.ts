// Short ways to what a JSON tree holds, and a walk over all of it that no depth of nesting can hurt.
import { isJsonObject, type JsonObject, type JsonTree } from '../../../reader/index.ts';
import type { Budget } from '../../budget.ts';

/** A member by name: the last of that name, as most readers take it. */
export function member(value: JsonTree | undefined, name: string): JsonTree | undefined {
  if (!isJsonObject(value)) return undefined;
  for (let at = value.entries.length - 1; at >= 0; at--) {
    const entry = value.entries[at]!;
    if (entry[0] === name) return entry[1];
  }
  return undefined;
}

export function text(value: JsonTree | undefined, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === 'string' ? found : undefined;
}

export const items = (value: JsonTree | undefined): readonly JsonTree[] =>
  typeof value === 'object' && value !== null && value.kind === 'list' ? value.items : [];

export const entries = (value: JsonTree | undefined): JsonObject['entries'] =>
  isJsonObject(value) ? value.entries : [];

/** Whether a value is there, and not null. */
export const has = (value: JsonTree | undefined, name: string): boolean => {
  const found = member(value, name);
  return found !== undefined && found !== null;
};

/** Calls for every object, and for every string with the name that it stands under (of its list, where it is in one). */
export function walk(
  root: JsonTree,
  budget: Budget,
  visit: { object?(value: JsonObject, name: string): void; text?(value: string, name: string, at: number): void },
): void {
  const stack: (readonly [name: string, value: JsonTree, at: number])[] = [['', root, 0]];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const [name, value, at] = top;
    budget.step();
    if (typeof value === 'string') visit.text?.(value, name, at);
    else if (typeof value === 'object' && value !== null) {
      if (value.kind === 'object') visit.object?.(value, name);
      const inner = value.kind === 'list' ? value.items : value.entries;
      for (let index = inner.length - 1; index >= 0; index--) {
        const each = inner[index]!;
        if (value.kind === 'list') stack.push([name, each as JsonTree, value.at]);
        else
          stack.push([
            (each as JsonObject['entries'][number])[0],
            (each as JsonObject['entries'][number])[1],
            value.at,
          ]);
      }
    }
  }
}
