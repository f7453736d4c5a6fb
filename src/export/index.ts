// Tells other tools of a security team what is in the ledger: a cursor for each sink, and nothing lost on the way.
export { type Exporter, openExporter } from './exporter.ts';
export { FORWARD_PATH, WITHHELD, type ForwardSettings, type Forwarder, startForwarder } from './forward/forwarder.ts';
export { openSink } from './open-sink.ts';
export type { SinkSettings } from './settings.ts';
