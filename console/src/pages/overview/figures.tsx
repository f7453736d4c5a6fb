// The totals of a span, at a glance.
import type { ReactNode } from 'react';
import { ACTIONS, type Overview, isEnforcing } from '../../contract.ts';
import { formatCompact, formatCost, formatCount, formatDuration, formatShare } from '../../parts/format.ts';
import { Stat, Stats } from '../../parts/stat.tsx';

export function Figures({ overview: { totals } }: { readonly overview: Overview }): ReactNode {
  const stepped = ACTIONS.filter(isEnforcing).reduce((sum, action) => sum + totals.actions[action], 0);
  const share = totals.exchanges === 0 ? 0 : stepped / totals.exchanges;
  const failed = (totals.outcomes['upstream_error'] ?? 0) + (totals.outcomes['fault'] ?? 0);
  return (
    <Stats>
      <Stat
        label="Exchanges"
        value={formatCompact(totals.exchanges)}
        note={
          totals.refused > 0 ? `and ${formatCompact(totals.refused)} refused at the door` : 'none refused at the door'
        }
      />
      <Stat label="Acted on by policy" value={formatCompact(stepped)} note={`${formatShare(share)} of all`} />
      <Stat
        label="Time to answer, median"
        value={totals.latencyP50 === null ? '–' : formatDuration(totals.latencyP50)}
        note={totals.latencyP95 === null ? undefined : `95% within ${formatDuration(totals.latencyP95)}`}
      />
      <Stat
        label="Tokens"
        value={formatCompact(totals.inputTokens + totals.outputTokens)}
        note={`${formatCompact(totals.inputTokens)} in, ${formatCompact(totals.outputTokens)} out`}
      />
      <Stat label="Spend" value={formatCost(totals.costMicros)} note="by the prices configured" />
      <Stat
        label="Failed"
        value={formatCount(failed)}
        note={failed === 0 ? 'no upstream error, no fault' : 'upstream errors and faults'}
      />
    </Stats>
  );
}
