// Every kind of sink by its name: a new one is a row here, a file in sinks/ and a variant of the configuration.
import type { SinkConfig, SinkKind } from '../contract/index.ts';
import type { SettingsOf, SinkSettings } from './settings.ts';
import type { Sink } from './sink.ts';
import { createElasticSink } from './sinks/elastic.ts';
import { createFileSink } from './sinks/file.ts';
import { createNatsSink } from './sinks/nats.ts';
import { createOcsfSink } from './sinks/ocsf.ts';
import { createOtlpSink } from './sinks/otlp.ts';
import { createPagerDutySink, createSlackSink } from './sinks/people.ts';
import { createSplunkSink } from './sinks/splunk.ts';
import { createSyslogSink } from './sinks/syslog.ts';
import { createWebhookSink } from './sinks/webhook.ts';

const KINDS: { readonly [K in SinkKind]: (settings: SettingsOf<K>) => Sink } = {
  syslog: createSyslogSink,
  ocsf: createOcsfSink,
  splunk: createSplunkSink,
  elastic: createElasticSink,
  otlp: createOtlpSink,
  nats: createNatsSink,
  webhook: (settings) => createWebhookSink(settings),
  slack: createSlackSink,
  pagerduty: createPagerDutySink,
  file: createFileSink,
};

/** Opens nothing yet: a sink connects when it is first given something. @throws AncileError `config_invalid` */
export function openSink(settings: SinkSettings): Sink {
  return (KINDS[settings.config.kind] as (settings: SinkSettings<SinkConfig>) => Sink)(settings);
}
