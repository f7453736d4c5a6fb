// The streams of all nodes: read from the ledger at the start, written down now and then so that little need be read.
import type { RecordBody } from '../../contract/index.ts';
import { parseJson } from '../../codec/index.ts';
import type { Ledger } from '../../ledger/index.ts';
import { type Store, readMeta, writeMeta } from '../../store/index.ts';
import { NodeStream, type SavedStream } from './node-stream.ts';

const META = 'nodes.streams';

type LedgerView = Pick<Ledger, 'read' | 'size' | 'firstSeq' | 'origin'>;

interface Saved {
  readonly origin: string;
  readonly seq: number;
  readonly streams: readonly SavedStream[];
}

export class StreamBook {
  readonly #ledger: LedgerView;
  readonly #store: Pick<Store, 'db'>;
  #streams = new Map<string, NodeStream>();

  private constructor(ledger: LedgerView, store: Pick<Store, 'db'>) {
    this.#ledger = ledger;
    this.#store = store;
  }

  static async open(ledger: LedgerView, store: Pick<Store, 'db'>): Promise<StreamBook> {
    const book = new StreamBook(ledger, store);
    book.#streams = await book.#fold();
    await book.save();
    return book;
  }

  get(name: string): NodeStream {
    let stream = this.#streams.get(name);
    if (stream === undefined) this.#streams.set(name, (stream = new NodeStream(name)));
    return stream;
  }

  all(): NodeStream[] {
    return [...this.#streams.values()];
  }

  /** Reads one stream anew: a writing failed, and only the ledger knows what came of it. */
  async reread(name: string): Promise<void> {
    const { heard, total, noted } = this.get(name);
    const fresh = (await this.#fold(name)).get(name) ?? new NodeStream(name);
    this.#streams.set(name, Object.assign(fresh, { heard, total, noted }));
  }

  /** Writes all down, unless one is in the middle of something. */
  async save(): Promise<void> {
    if (this.all().some(({ busy }) => busy)) return;
    const { size: seq, origin } = this.#ledger;
    const saved: Saved = { origin, seq, streams: this.all().map((stream) => stream.save()) };
    await writeMeta(this.#store.db, META, JSON.stringify(saved));
  }

  async #fold(only?: string): Promise<Map<string, NodeStream>> {
    const text = await readMeta(this.#store.db, META);
    const saved = text === undefined ? undefined : (parseJson(text, { what: 'the streams of nodes' }) as Saved);
    const fits = saved !== undefined && saved.origin === this.#ledger.origin && saved.seq <= this.#ledger.size;
    const streams = new Map(fits ? saved.streams.map((each) => [each.name, NodeStream.restore(each)]) : []);
    for await (const record of this.#ledger.read({ from: fits ? saved.seq : 0 })) {
      if (record.kind !== 'forwarded' && record.kind !== 'node.stream') continue;
      const { node } = record.origin;
      if (only !== undefined && node !== only) continue;
      const stream = streams.get(node) ?? new NodeStream(node);
      streams.set(node, stream);
      stream.apply(record satisfies RecordBody);
    }
    return streams;
  }
}
