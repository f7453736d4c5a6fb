// What entities of an XML document grow to when a reader expands them, reckoned without doing so.

const ENTITY = /<!ENTITY\s+(?:%\s*)?([\w:.-]{1,100})\s+(?:"([^"]*)"|'([^']*)')/g;
const REFERENCE = /[&%]([\w:.-]{1,100});/g;
const MOST_ENTITIES = 10_000;

/** Characters that the references of a document grow to; infinite where an entity holds itself. */
export function expandedSize(type: string, body: string): number {
  const values = new Map<string, string>();
  for (const [, name, double, single] of type.matchAll(ENTITY)) {
    if (!values.has(name!) && values.size < MOST_ENTITIES) values.set(name!, double ?? single ?? '');
  }
  if (values.size === 0) return 0;
  const sizes = new Map<string, number>();
  const referencesOf = (text: string): string[] =>
    [...text.matchAll(REFERENCE)].map(([, name]) => name!).filter((name) => values.has(name));
  // Without recursion: a chain of entities may be as long as the file.
  for (const name of values.keys()) {
    const path: { readonly name: string; readonly references: string[]; next: number }[] = [];
    const enter = (each: string): void => {
      sizes.set(each, Infinity);
      path.push({ name: each, references: referencesOf(values.get(each)!), next: 0 });
    };
    if (!sizes.has(name)) enter(name);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const inner = top.references[top.next++];
      if (inner === undefined) {
        path.pop();
        // Of an entity that is still open the size stays infinite: it holds itself.
        const sum = top.references.reduce((size, each) => size + sizes.get(each)!, 0);
        sizes.set(top.name, values.get(top.name)!.length + sum);
      } else if (!sizes.has(inner)) enter(inner);
    }
  }
  let used = 0;
  for (const [, name] of body.matchAll(REFERENCE)) used += sizes.get(name!) ?? 0;
  return Math.max(used, ...sizes.values());
}
