// Charts over time. The figures are in a table too, for whoever cannot see the drawing.
import '@mantine/charts/styles.css';
import { BarChart, LineChart } from '@mantine/charts';
import type { ReactNode } from 'react';
import classes from './charts.module.css';

export interface Series {
  readonly name: string;
  readonly label: string;
  /** A CSS colour. */
  readonly color: string;
  readonly dashed?: boolean;
}

export type Point = Readonly<Record<string, number | string | null>> & { readonly time: string };

interface ChartProps {
  /** What is drawn, in a sentence. */
  readonly label: string;
  readonly points: readonly Point[];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  /** Length of one step of the series, milliseconds: decides how times are written. */
  readonly stepMs: number;
  readonly height?: number;
}

const hours = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const days = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const both = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

function formatTick(time: string, points: readonly Point[]): string {
  const first = Date.parse(points[0]?.time ?? time);
  const last = Date.parse(points.at(-1)?.time ?? time);
  const date = new Date(time);
  return last - first > 2 * 86_400_000 ? days.format(date) : hours.format(date);
}

function formatMoment(time: string, stepMs: number): string {
  const date = new Date(time);
  return stepMs >= 86_400_000 ? days.format(date) : both.format(date);
}

/** The last figures of a series as a table; all of them would be read out one by one. */
function Numbers({ label, points, series, format, stepMs }: ChartProps): ReactNode {
  return (
    <table>
      <caption>{label}</caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          {series.map((each) => (
            <th key={each.name} scope="col">
              {each.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {points.slice(-24).map((point) => (
          <tr key={point.time}>
            <th scope="row">{formatMoment(point.time, stepMs)}</th>
            {series.map((each) => (
              <td key={each.name}>{typeof point[each.name] === 'number' ? format(point[each.name] as number) : ''}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Legend({ series }: { readonly series: readonly Series[] }): ReactNode {
  return (
    <ul className={classes.legend}>
      {series.map(({ name, label, color, dashed }) => (
        <li key={name}>
          <span className={classes.swatch} data-dashed={dashed || undefined} style={{ color }} />
          {label}
        </li>
      ))}
    </ul>
  );
}

interface TooltipProps extends ChartProps {
  readonly payload: readonly { readonly name?: unknown; readonly value?: unknown }[] | undefined;
  readonly time: string | undefined;
}

function Reading({ payload, time, series, format, stepMs }: TooltipProps): ReactNode {
  if (payload === undefined || payload.length === 0 || time === undefined) return null;
  return (
    <div className={classes.reading}>
      <div className={classes.readingTime}>{formatMoment(time, stepMs)}</div>
      {series.map(({ name, label, color, dashed }) => {
        const value = payload.find((item) => item.name === name)?.value;
        if (typeof value !== 'number') return null;
        return (
          <div key={name} className={classes.readingLine}>
            <span className={classes.swatch} data-dashed={dashed || undefined} style={{ color }} />
            <span>{label}</span>
            <span className="num">{format(value)}</span>
          </div>
        );
      })}
    </div>
  );
}

/** So few figures stand alone: a line between them would be nothing, or a lie. */
const FEW = 12;

const figures = ({ points, series }: ChartProps): number[] =>
  points.flatMap((point) => series.map((each) => point[each.name])).filter((value) => typeof value === 'number');

function common(props: ChartProps) {
  const { points, series, format, height = 220 } = props;
  // An axis over nothing but zeros would make up values to show.
  const flat = figures(props).every((value) => value === 0);
  return {
    h: height,
    data: points.map((point) => ({ ...point })),
    dataKey: 'time',
    series: series.map(({ name, color, dashed }) => ({
      name,
      color,
      ...(dashed === true ? { strokeDasharray: '5 4' } : {}),
    })),
    valueFormatter: format,
    gridAxis: 'x' as const,
    tickLine: 'none' as const,
    withLegend: false,
    xAxisProps: {
      tickFormatter: (time: string) => formatTick(time, points),
      minTickGap: 48,
      interval: 'preserveStartEnd' as const,
    },
    // Half an exchange is no figure, and would be written as a whole one.
    yAxisProps: {
      width: 52,
      tickCount: 4,
      allowDecimals: !figures(props).every(Number.isInteger),
      ...(flat && { ticks: [0] }),
    },
    tooltipProps: {
      isAnimationActive: false,
      content: ({ payload, label }: { payload?: TooltipProps['payload']; label?: unknown }) => (
        <Reading {...props} payload={payload} time={typeof label === 'string' ? label : undefined} />
      ),
    },
  };
}

/** What is in the chart stands beside it as words and as a table; the drawing itself is skipped over. */
function Figure({ chart, ...props }: ChartProps & { readonly chart: ReactNode }): ReactNode {
  return (
    <figure className={classes.figure} aria-label={props.label}>
      <Legend series={props.series} />
      <div aria-hidden="true">{chart}</div>
      <div className="sr">
        <Numbers {...props} />
      </div>
    </figure>
  );
}

/** Bars of one step each, the series stacked. */
export function StackedBars(props: ChartProps): ReactNode {
  const chart = (
    <BarChart
      {...common(props)}
      type="stacked"
      barChartProps={{ accessibilityLayer: false, barCategoryGap: '12%' }}
      barProps={{ isAnimationActive: false }}
    />
  );
  return <Figure {...props} chart={chart} />;
}

/** Lines; a step without a figure is a gap. */
export function Lines(props: ChartProps): ReactNode {
  const chart = (
    <LineChart
      {...common(props)}
      curveType="linear"
      withDots={figures(props).length <= FEW}
      strokeWidth={2}
      connectNulls={false}
      lineChartProps={{ accessibilityLayer: false }}
      lineProps={{ isAnimationActive: false }}
    />
  );
  return <Figure {...props} chart={chart} />;
}
