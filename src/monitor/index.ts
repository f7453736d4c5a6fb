// The door of the room: rules over the record stream, the following of the ledger with them, drift, telemetry.
export { type Baseline, type BaselineShelf, FALSE_ALARMS } from './drift.ts';
export { Engine } from './engine.ts';
export type { Opened } from './event.ts';
export { type FixtureResult, type MonitorFixture, parseFixtures, runFixture, toRecords } from './fixture.ts';
export { Monitor, type RecordTap } from './monitor.ts';
export { type MonitorRule, parseMonitorRules } from './rule.ts';
export { type BookedRule, type RuleSource, bookRules } from './rule-book.ts';
export { tryRules } from './trial.ts';
export { Figures, type Gauge } from './figures.ts';
export { OtlpSender } from './otlp-sender.ts';
export { PROMETHEUS_TYPE, renderPrometheus } from './prometheus.ts';
export { createRecordFigures } from './record-figures.ts';
