// Curves as SVG: shares from 0 to 1 over some quantity, each with its name at its end of a legend.
import { type Markup, html } from './markup.ts';

const WIDTH = 460;
const HEIGHT = 270;
const LEFT = 64;
const RIGHT = 18;
const TOP = 12;
const BOTTOM = 44;
/** Colours of the style, `--c0` and on. */
const COLOURS = 8;

export interface Curve {
  readonly name: string;
  /** By x, rising. */
  readonly points: readonly { readonly x: number; readonly y: number; readonly low?: number; readonly high?: number }[];
  /** Drawn as steps: the share holds until the next point. */
  readonly steps?: boolean;
}

interface ChartOptions {
  readonly title: string;
  readonly x: string;
  readonly y: string;
}

/** Round steps that divide an extent in about five. */
function ticksOf(greatest: number): number[] {
  const rough = greatest / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough)!;
  const count = Math.floor(greatest / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

const short = (value: number): string => (value >= 10_000 ? `${value / 1000}k` : String(value));

/** Dashes besides colours: a curve is known without seeing colours. */
const dashOf = (at: number): string => ['none', '7 3', '2 3', '9 3 2 3'][Math.floor(at / 2) % 4]!;

export function renderChart(curves: readonly Curve[], { title, x, y }: ChartOptions): Markup {
  const greatest = Math.max(...curves.flatMap(({ points }) => points.map((point) => point.x))) || 1;
  const toX = (value: number): number => LEFT + (value / greatest) * (WIDTH - LEFT - RIGHT);
  const toY = (share: number): number => HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
  const place = (value: number): string => value.toFixed(1);
  const lines = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${place(toY(share))}" y2="${place(toY(share))}" />
        <text class="tick" x="${LEFT - 6}" y="${place(toY(share) + 4)}" text-anchor="end">${share * 100}%</text>`,
  );
  const ticks = ticksOf(greatest).map(
    (value) =>
      html`<text class="tick" x="${place(toX(value))}" y="${HEIGHT - BOTTOM + 17}" text-anchor="middle"
        >${short(value)}</text
      >`,
  );
  const drawn = curves.map(({ points, steps }, i) => {
    const path = points.map((point, at) => {
      if (at === 0) return `M${place(toX(point.x))} ${place(toY(point.y))}`;
      const to = `L${place(toX(point.x))} ${place(toY(point.y))}`;
      return steps === true ? `L${place(toX(point.x))} ${place(toY(points[at - 1]!.y))} ${to}` : to;
    });
    const style = `stroke:var(--c${i % COLOURS});stroke-dasharray:${dashOf(i)}`;
    const marks =
      steps === true
        ? []
        : points.map(
            (point) =>
              html`${
                  point.low === undefined || point.high === undefined
                    ? undefined
                    : html`<line
                        class="whisker"
                        style="stroke:var(--c${i % COLOURS})"
                        x1="${place(toX(point.x))}"
                        x2="${place(toX(point.x))}"
                        y1="${place(toY(point.low))}"
                        y2="${place(toY(point.high))}"
                      />`
                }<circle
                  style="fill:var(--c${i % COLOURS})"
                  cx="${place(toX(point.x))}"
                  cy="${place(toY(point.y))}"
                  r="3.5"
                />`,
          );
    return html`<path class="curve" style="${style}" d="${path.join('')}" />${marks}`;
  });
  const legend = curves.map(
    ({ name }, i) =>
      html`<li>
        <svg width="26" height="10" aria-hidden="true">
          <line
            x1="0"
            x2="26"
            y1="5"
            y2="5"
            class="curve"
            style="stroke:var(--c${i % COLOURS});stroke-dasharray:${dashOf(i)}"
          />
        </svg>
        ${name}
      </li>`,
  );
  return html`<figure>
    <figcaption>${title}</figcaption>
    <svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
      ${lines}${ticks}${drawn}
      <text class="axis" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${x}</text>
      <text
        class="axis"
        x="14"
        y="${(TOP + HEIGHT - BOTTOM) / 2}"
        text-anchor="middle"
        transform="rotate(-90 14 ${(TOP + HEIGHT - BOTTOM) / 2})"
      >
        ${y}
      </text>
    </svg>
    <ul class="legend">
      ${legend}
    </ul>
  </figure>`;
}
