// Finds the selections that a record may meet without asking each: by kind, and by the values of a field that they ask for.
import type { MonitorEvent } from './event.ts';
import { type Field, type Kind, toField } from './field.ts';
import type { CompiledSelection } from './rule.ts';

/** A selection of a rule. */
export interface Place {
  readonly rule: number;
  readonly name: string;
  readonly selection: CompiledSelection;
  /** The hits of a record that meets it and no other of its rule. */
  readonly alone: ReadonlySet<string>;
}

interface Gated {
  readonly field: Field;
  readonly byValue: ReadonlyMap<string, readonly Place[]>;
}

interface OfKind {
  readonly always: readonly Place[];
  readonly gated: readonly Gated[];
}

/** Fields whose values are rarest come first: most records have no finding, and many are allowed. */
function rank(field: string): number {
  if (field.startsWith('findings.')) return 0;
  if (field === 'action' || field === 'reason' || field === 'rule') return 1;
  if (field === 'outcome' || field === 'state' || field.endsWith('.action')) return 2;
  return 3;
}

export class SelectionIndex {
  readonly #kinds = new Map<Kind, OfKind>();

  constructor(places: readonly Place[]) {
    const kinds = new Set(places.flatMap(({ selection }) => [...selection.kinds]));
    for (const kind of kinds) {
      const always: Place[] = [];
      const fields = new Map<string, Map<string, Place[]>>();
      for (const place of places) {
        if (!place.selection.kinds.includes(kind)) continue;
        const gate = [...place.selection.gates].sort((a, b) => rank(a.field) - rank(b.field))[0];
        if (gate === undefined) {
          always.push(place);
          continue;
        }
        const byValue = fields.get(gate.field) ?? new Map<string, Place[]>();
        fields.set(gate.field, byValue);
        for (const value of new Set(gate.values)) byValue.set(value, [...(byValue.get(value) ?? []), place]);
      }
      const gated = [...fields].map(([name, byValue]) => ({ field: toField(name), byValue }));
      this.#kinds.set(kind, { always, gated });
    }
  }

  /** Calls back for each selection that the record meets, once. */
  match(event: MonitorEvent, found: (place: Place) => void): void {
    const ofKind = this.#kinds.get(event.record.kind);
    if (ofKind === undefined) return;
    for (const place of ofKind.always) if (place.selection.test(event)) found(place);
    for (const { field, byValue } of ofKind.gated) {
      let first: string | undefined;
      let seen: Set<Place> | undefined;
      field(event, (value) => {
        if (typeof value !== 'string' || value === first) return false;
        const places = byValue.get(value);
        if (places === undefined) return false;
        if (first !== undefined) seen ??= new Set(byValue.get(first));
        first ??= value;
        for (const place of places) {
          if (seen?.has(place) === true) continue;
          seen?.add(place);
          if (place.selection.test(event)) found(place);
        }
        return false;
      });
    }
  }
}
