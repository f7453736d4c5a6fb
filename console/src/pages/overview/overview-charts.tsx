// The charts of the overview.
import type { ReactNode } from 'react';
import { ACTIONS, type Overview, Severity } from '../../contract.ts';
import { ACTION_FILLS, ACTION_WORDS } from '../../parts/action.tsx';
import { Lines, StackedBars } from '../../parts/charts.tsx';
import { formatCompact, formatCost, formatDuration } from '../../parts/format.ts';

interface OverviewProps {
  readonly overview: Overview;
}

const byAction = ACTIONS.map((action) => ({ name: action, label: ACTION_WORDS[action], color: ACTION_FILLS[action] }));

export function TrafficChart({ overview: { series, stepMs } }: OverviewProps): ReactNode {
  return (
    <StackedBars
      label="Exchanges over time, by decision"
      points={series.map(({ time, actions }) => ({ time, ...actions }))}
      series={byAction}
      format={formatCompact}
      stepMs={stepMs}
      height={240}
    />
  );
}

export function LatencyChart({ overview: { series, stepMs } }: OverviewProps): ReactNode {
  return (
    <Lines
      label="Time from request to the end of the answer, over time"
      points={series.map(({ time, latencyP50, latencyP95 }) => ({ time, p50: latencyP50, p95: latencyP95 }))}
      series={[
        { name: 'p50', label: 'Median', color: 'var(--accent)' },
        { name: 'p95', label: '95% within', color: 'var(--ink-3)' },
      ]}
      format={formatDuration}
      stepMs={stepMs}
      height={190}
    />
  );
}

export function SpendChart({ overview: { series, stepMs } }: OverviewProps): ReactNode {
  return (
    <StackedBars
      label="Cost over time"
      points={series.map(({ time, costMicros }) => ({ time, cost: costMicros }))}
      series={[{ name: 'cost', label: 'Cost of exchanges', color: 'var(--accent)' }]}
      format={formatCost}
      stepMs={stepMs}
      height={190}
    />
  );
}

const SEVERITY_FILLS: Readonly<Record<Severity, string>> = {
  critical: 'var(--chart-block)',
  high: 'var(--chart-flag)',
  medium: 'var(--chart-redact)',
  low: 'var(--chart-allow)',
  info: 'var(--line-strong)',
};
/** The worst at the bottom, where heights are compared. */
const bySeverity = Severity.options
  .toReversed()
  .map((severity) => ({ name: severity, label: severity, color: SEVERITY_FILLS[severity] }));

export function DetectionChart({ overview: { series, stepMs } }: OverviewProps): ReactNode {
  return (
    <StackedBars
      label="Detections over time, by severity"
      points={series.map(({ time, detections }) => ({ time, ...detections }))}
      series={bySeverity}
      format={formatCompact}
      stepMs={stepMs}
      height={190}
    />
  );
}
