// What people decided on the definitions that tool servers offer. A definition that nobody said yes to is held, and so is
// an approved one from the moment that it reads otherwise. The present state is in memory; every change is a record
// first, and the store carries it over a restart.
import { AncileError, type Clock } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import {
  type DefinitionKind,
  type Finding,
  type PinState,
  type PinnedDefinition,
  type RecordBody,
  ToolPin,
  type Verdict,
} from '../../contract/index.ts';
import type { Store } from '../../store/index.ts';
import type { Definition } from './definitions.ts';
import type { NamedTool } from './look-alikes.ts';

/** Of one server and kind, so many are remembered: whoever makes up names without end fills nothing. */
const OF_ONE_MOST = 2000;
/** A definition that reads otherwise each time is noted so often within so many milliseconds. */
const NOTED_MOST = 10;
const NOTED_MS = 600_000;

/** A definition with what was found in it. */
export interface Offer {
  readonly definition: Definition;
  readonly findings: readonly Finding[];
  /** Policy lets it pass, but for the pin. */
  readonly harmless: boolean;
}

export interface PinQuery {
  readonly server?: string | undefined;
  readonly kind?: DefinitionKind | undefined;
  readonly state?: PinState | undefined;
}

export interface PinDecision extends Pick<ToolPin, 'server' | 'kind' | 'name'> {
  readonly digest: string;
  readonly verdict: Verdict;
  readonly note?: string | undefined;
}

export interface PinBook {
  /**
   * Notes all that a server offers of one kind. What is new or changed waits from here on.
   * @param firstUse - take what is harmless of the first list of a server
   * @throws AncileError `ledger_fault`, `store_fault`
   */
  see(server: string, kind: DefinitionKind, offers: readonly Offer[], firstUse: boolean): Promise<void>;
  /** Whether a person said yes to exactly this definition. */
  isApproved(server: string, definition: Definition): boolean;
  get(server: string, kind: DefinitionKind, name: string): ToolPin | undefined;
  list(query?: PinQuery): ToolPin[];
  /** Tools of all servers, decided upon or not. */
  tools(): NamedTool[];
  /** @throws AncileError `not_found`, `conflict` where it is another definition by now, `ledger_fault`, `store_fault` */
  decide(decision: PinDecision, actor: string): Promise<ToolPin>;
  /** Told when what is approved of a server has changed. Returns the function that unsubscribes. */
  onChange(listener: (server: string, kind: DefinitionKind) => void): () => void;
}

export interface PinBookParts {
  readonly store: Store;
  /** Resolves when the record is durable. */
  readonly append: (body: RecordBody) => Promise<unknown>;
  readonly clock: Clock;
}

const keyOf = ({ server, kind, name }: Pick<ToolPin, 'server' | 'kind' | 'name'>): string =>
  JSON.stringify([server, kind, name]);

/** @throws AncileError `store_fault` */
export async function openPinBook({ store, append, clock }: PinBookParts): Promise<PinBook> {
  const pins = new Map<string, ToolPin>();
  const noted = new Map<string, number[]>();
  const listeners = new Set<(server: string, kind: DefinitionKind) => void>();
  let turn: Promise<unknown> = Promise.resolve();

  for (const { info } of await store.db.selectFrom('tool_pins').select('info').execute()) {
    const pin = ToolPin.parse(parseJson(info, { what: 'a pinned definition' }));
    pins.set(keyOf(pin), pin);
  }

  async function write(pin: ToolPin): Promise<void> {
    const { server, kind, name } = pin;
    const info = JSON.stringify(pin);
    await store.db
      .insertInto('tool_pins')
      .values({ server, kind, name, info })
      .onConflict((conflict) => conflict.columns(['server', 'kind', 'name']).doUpdateSet({ info }))
      .execute();
    pins.set(keyOf(pin), pin);
  }

  /** One after the other: of two sessions that see the same server, one notes it. */
  function inTurn<T>(step: () => Promise<T>): Promise<T> {
    const done = turn.then(step);
    turn = done.catch(() => undefined);
    return done;
  }

  function tell(server: string, kind: DefinitionKind): void {
    for (const listener of listeners) listener(server, kind);
  }

  const countOf = (server: string, kind: DefinitionKind): number =>
    [...pins.values()].filter((pin) => pin.server === server && pin.kind === kind).length;

  async function note(server: string, { definition, findings }: Offer, taken: boolean): Promise<boolean> {
    const { kind, name, digest, body } = definition;
    const key = keyOf({ server, kind, name });
    const known = pins.get(key);
    if (known?.approved?.digest === digest || known?.pending?.digest === digest) return false;
    const now = clock();
    const times = (noted.get(key) ?? []).filter((time) => now - time < NOTED_MS);
    if (times.length >= NOTED_MOST) return false;
    noted.set(key, [...times, now]);
    await append({
      kind: 'tool.definition',
      server,
      type: kind,
      name,
      digest,
      ...(known?.approved === undefined ? {} : { approved: known.approved.digest }),
      outcome: taken ? 'approved' : 'held',
      findings: [...findings],
    });
    const seen: PinnedDefinition = {
      digest,
      definition: body,
      seen: new Date(now).toISOString(),
      findings: [...findings],
    };
    await write(
      taken
        ? { server, kind, name, state: 'approved', approved: seen }
        : {
            server,
            kind,
            name,
            ...(known?.approved === undefined ? { state: 'pending' } : { state: 'changed', approved: known.approved }),
            pending: seen,
          },
    );
    return taken;
  }

  return {
    see: (server, kind, offers, firstUse) =>
      inTurn(async () => {
        const count = countOf(server, kind);
        let room = OF_ONE_MOST - count;
        let changed = false;
        for (const offer of offers) {
          const isKnown = pins.has(keyOf({ server, kind, name: offer.definition.name }));
          if (!isKnown && --room < 0) continue;
          if (await note(server, offer, firstUse && count === 0 && offer.harmless)) changed = true;
        }
        if (changed) tell(server, kind);
      }),
    isApproved: (server, { kind, name, digest }) =>
      pins.get(keyOf({ server, kind, name }))?.approved?.digest === digest,
    get: (server, kind, name) => pins.get(keyOf({ server, kind, name })),
    list: ({ server, kind, state } = {}) =>
      [...pins.values()]
        .filter(
          (pin) =>
            (server ?? pin.server) === pin.server &&
            (kind ?? pin.kind) === pin.kind &&
            (state ?? pin.state) === pin.state,
        )
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    tools: () => [...pins.values()].filter(({ kind }) => kind === 'tool'),
    decide: ({ server, kind, name, digest, verdict, note: said }, actor) =>
      inTurn(async () => {
        const pin = pins.get(keyOf({ server, kind, name }));
        if (pin === undefined) throw new AncileError('not_found', 'there is no such definition', { at: 'name' });
        const { approved, pending } = pin;
        const meant = [pending, approved].find((each) => each?.digest === digest);
        if (meant === undefined) {
          throw new AncileError('conflict', 'the definition is another one by now', {
            at: 'digest',
            hint: 'Look at it again and decide on what it is.',
          });
        }
        await append({
          kind: 'admin.change',
          actor,
          action: verdict === 'approve' ? 'tool.approve' : 'tool.deny',
          target: `${server}: ${kind} ${name}`.slice(0, 500),
          outcome: 'done',
          detail: `${digest}${said === undefined ? '' : ` ${said}`}`.slice(0, 500),
        });
        const decided = {
          time: new Date(clock()).toISOString(),
          actor,
          ...(said === undefined || said === '' ? {} : { note: said }),
        };
        const common = { server, kind, name, decided };
        // What is approved and not meant stays in use; what was approved and is denied is no more.
        const next: ToolPin =
          verdict === 'approve'
            ? { ...common, state: 'approved', approved: meant }
            : {
                ...common,
                state: 'denied',
                pending: meant,
                ...(approved === undefined || meant === approved ? {} : { approved }),
              };
        await write(next);
        tell(server, kind);
        return next;
      }),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
