// What sinks say of themselves to those who collect figures.
import type { SinkView } from '../contract/index.ts';
import type { Gauge } from '../monitor/index.ts';

export function sinkGauges(views: () => readonly SinkView[]): Gauge[] {
  const labels = ['sink'] as const;
  const of =
    (pick: (view: SinkView) => number): Gauge['read'] =>
    () =>
      views().map((view) => ({ values: [view.name], value: pick(view) }));
  return [
    {
      name: 'ancile_export_lag_records',
      help: 'Records that a sink has not looked at.',
      labels,
      read: of(({ lag }) => lag.records),
    },
    {
      name: 'ancile_export_lag_seconds',
      help: 'Age of the oldest record that a sink has not looked at.',
      labels,
      read: of(({ lag }) => lag.seconds),
    },
    {
      name: 'ancile_export_gone',
      help: '1 where the receiver said that it is gone for good, and is sent nothing.',
      labels,
      read: of(({ state }) => (state === 'gone' ? 1 : 0)),
    },
    {
      name: 'ancile_export_dead_letters',
      help: 'Events that a receiver would not take.',
      labels,
      read: of(({ deadLetters }) => deadLetters),
    },
    {
      name: 'ancile_export_delivered_total',
      help: 'Events that a receiver has acknowledged since the start.',
      type: 'counter',
      labels,
      read: of(({ delivered }) => delivered),
    },
    {
      name: 'ancile_export_retries_total',
      help: 'Deliveries that were tried again since the start.',
      type: 'counter',
      labels,
      read: of(({ retries }) => retries),
    },
  ];
}
