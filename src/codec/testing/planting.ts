// Every way to plant something in a body, and what became of it: read, refused, removed, or missed.
import { AncileError } from '../../base/index.ts';
import type { Segment } from '../../contract/index.ts';
import type { LlmSurface } from '../surface.ts';

/** What is planted. */
export const MARK = 'PLANTED <here> & there';

export type Slot = (root: unknown, mark: unknown) => void;

/** Every way to plant something: in place of any value, as a new member of any object, as a new element. */
export function slots(value: unknown, way: (string | number)[] = []): Slot[] {
  if (typeof value !== 'object' || value === null) return [];
  const at = (root: unknown): Record<string | number, unknown> =>
    way.reduce<unknown>((node, key) => (node as Record<string | number, unknown>)[key], root) as Record<
      string,
      unknown
    >;
  const own: Slot[] = Array.isArray(value)
    ? [(root, mark) => void (at(root) as unknown as unknown[]).push(mark)]
    : [(root, mark) => void (at(root)['unknown_field'] = mark)];
  if (!Array.isArray(value)) own.push((root, mark) => void (typeof mark === 'string' && (at(root)[mark] = 1)));
  const below = Object.keys(value).flatMap((name) => {
    const key = Array.isArray(value) ? Number(name) : name;
    const replace: Slot = (root, mark) => void (at(root)[key] = mark);
    return [replace, ...slots((value as Record<string, unknown>)[name], [...way, key])];
  });
  return [...own, ...below];
}

/** Plants, reads, redacts; answers how it went. */
export function tryOne(
  surface: LlmSurface,
  way: 'readRequest' | 'readResponse',
  body: object,
  slot: Slot,
  mark: unknown,
): string {
  // Through JSON, for the bodies share objects that a parser never would.
  const copy: unknown = JSON.parse(JSON.stringify(body));
  slot(copy, mark);
  let segments: readonly Segment[];
  try {
    ({ segments } = surface[way](copy));
  } catch (thrown) {
    if (thrown instanceof AncileError) return 'refused';
    throw thrown;
  }
  const held = segments.filter((segment) => segment.text.includes(MARK));
  // Log probabilities that do not spell the text are removed, which is as good as refused.
  if (held.length === 0) return JSON.stringify(copy).includes(MARK) ? 'MISSED' : 'removed';
  const clean = surface.redact(
    copy,
    held.map(({ path }) => ({ path, text: 'CLEAN' })),
  );
  return JSON.stringify(clean).includes(MARK) ? 'NOT REDACTED' : 'yielded';
}
