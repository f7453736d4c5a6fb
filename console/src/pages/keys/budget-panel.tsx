// One budget: each of its bounds with a meter and a burn-down chart.
import type { ReactNode } from 'react';
import type { BudgetUse } from '../../contract.ts';
import { Lines } from '../../parts/charts.tsx';
import { formatCompact, formatCost, formatCount, formatShare } from '../../parts/format.ts';
import { Panel } from '../../parts/page.tsx';
import { Time, useNow } from '../../parts/time.tsx';
import { type BurnDown, METRICS, type Metric, burnDown } from './burn-down.ts';
import { PERIOD_WORDS } from './key-state.tsx';
import classes from './keys.module.css';

const NAMES: Readonly<Record<Metric, string>> = { requests: 'Requests', tokens: 'Tokens', costMicros: 'Cost' };

const exact = (metric: Metric, value: number): string =>
  metric === 'costMicros' ? formatCost(value) : formatCount(value);
const short = (metric: Metric, value: number): string =>
  metric === 'costMicros' ? formatCost(value) : formatCompact(value);

function Burn({ burn, stepMs }: { readonly burn: BurnDown; readonly stepMs: number }): ReactNode {
  const { metric, used, limit, reserved, spentAt, points } = burn;
  const share = used / limit;
  const tone = share >= 1 ? 'bad' : share >= 0.8 ? 'warn' : 'fine';
  return (
    <div className={classes.burn}>
      <div className={classes.burnHead}>
        <h3 className={classes.burnName}>
          {NAMES[metric]}: {exact(metric, used)} of {exact(metric, limit)}
        </h3>
        <span className="dim">
          {formatShare(share)} used
          {reserved > 0 && `, ${exact(metric, reserved)} set aside`}
        </span>
      </div>
      <div
        className={classes.meter}
        role="meter"
        aria-label={`${NAMES[metric]} used`}
        aria-valuemin={0}
        aria-valuemax={limit}
        aria-valuenow={Math.min(used, limit)}
      >
        <div className={classes.meterFill} data-tone={tone} style={{ width: `${Math.min(share, 1) * 100}%` }} />
      </div>
      {spentAt !== undefined && (
        <p className="dim">
          {share >= 1 ? (
            'It is spent: requests are refused until it renews.'
          ) : (
            <>
              At this pace it is spent <Time time={spentAt} as="distance" />.
            </>
          )}
        </p>
      )}
      <Lines
        label={`${NAMES[metric]} used, where that leads, and the limit`}
        points={points}
        series={[
          { name: 'used', label: 'Used', color: 'var(--accent)' },
          { name: 'projected', label: 'At this pace', color: 'var(--ink-3)', dashed: true },
          { name: 'limit', label: 'Limit', color: 'var(--chart-block)' },
        ]}
        format={(value) => short(metric, value)}
        stepMs={stepMs}
        height={170}
      />
    </div>
  );
}

export function BudgetPanel({ use }: { readonly use: BudgetUse }): ReactNode {
  const now = useNow(60_000);
  const { budget, ends } = use;
  const burns = METRICS.map((metric) => burnDown(use, metric, now)).filter((burn) => burn !== undefined);
  return (
    <Panel
      title={`Budget ${PERIOD_WORDS[budget.period]}`}
      aside={
        ends === undefined ? (
          'never renews'
        ) : (
          <span>
            renews <Time time={ends} as="distance" />
          </span>
        )
      }
    >
      {burns.map((burn) => (
        <Burn key={burn.metric} burn={burn} stepMs={budget.period === 'day' ? 3_600_000 : 86_400_000} />
      ))}
    </Panel>
  );
}
