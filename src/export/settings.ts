// A sink of the configuration with what it names read: secrets, certificates, paths. The composition root makes them.
import type { SinkConfig, SinkConfigOf, SinkKind } from '../contract/index.ts';

export interface SinkSettings<C extends SinkConfig = SinkConfig> {
  readonly name: string;
  readonly config: C;
  /** The token, key, secret or address that its kind has. */
  readonly secret?: string | undefined;
  /** PEM of the authority of the receiver's certificate. */
  readonly ca?: string | undefined;
  /** PEM of our own. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Contents of a credentials file of NATS. */
  readonly credentials?: string | undefined;
  /** Absolute. */
  readonly path?: string | undefined;
}

export type SettingsOf<K extends SinkKind> = SinkSettings<SinkConfigOf<K>>;
