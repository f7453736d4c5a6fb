// The scorecard as one page that needs nothing else: no script, nothing fetched, and nothing of others taken for markup.
import type { AttackResult, Scorecard } from '../../contract/index.ts';
import { type Curve, renderChart } from './chart.ts';
import { Markup, html } from './markup.ts';
import { type Picture, layoutOf, paintPicture } from './pictures.ts';
import { STYLE } from './style.ts';

/** Ours, and so markup. */
const STYLE_MARKUP = new Markup(STYLE);
/** Points of one curve of queries. */
const MOST_POINTS = 400;
/** Classes that a table of confusion has room for. */
const MOST_HEAT = 20;

export interface ReportParts {
  readonly card: Scorecard;
  readonly pictures: readonly Picture[];
  /** Brightness: least and greatest value of a sample. */
  readonly range: readonly [number, number];
  /** Of the runs at the greatest bound: queries up to success of each attacked sample, -1 where there was none. */
  readonly queries: readonly { readonly name: string; readonly toSuccess: readonly number[] }[];
  readonly classNames?: readonly string[] | undefined;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;
const spread = ({ low, high }: { low: number; high: number }): string => `${percent(low)} to ${percent(high)}`;
const short = (value: number): string => (value === 0 ? '0' : Number(value.toPrecision(3)).toString());

function tile(name: string, value: string, note: string): Markup {
  return html`<div class="tile">${name}<b>${value}</b><span class="dim">${note}</span></div>`;
}

function attackRow(each: AttackResult): Markup {
  const rejected = Object.entries(each.rejected).map(([reason, count]) => `${count} ${reason}`);
  return html`<tr>
    <td>${each.name}</td>
    <td>${each.eps}</td>
    <td><b>${percent(each.robustAccuracy)}</b></td>
    <td>${spread(each.interval)}</td>
    <td>${each.fooled} of ${each.attacked}</td>
    <td>${each.distance === undefined ? '' : short(each.distance.median)}</td>
    <td>${Math.round(each.queries.meanPerSample)}</td>
    <td>${each.queries.medianToSuccess === undefined ? '' : Math.round(each.queries.medianToSuccess)}</td>
    <td>${each.seconds.toFixed(1)} s</td>
    <td>${rejected.join(', ')}</td>
  </tr>`;
}

function attackTable(card: Scorecard): Markup {
  return html`<h2>Attacks</h2>
    <div class="scroll">
      <table>
        <tr>
          <th>attack</th>
          <th>eps</th>
          <th>robust</th>
          <th>95% interval</th>
          <th>fooled</th>
          <th>median ${card.settings.norm}</th>
          <th>queries each</th>
          <th>to success</th>
          <th>time</th>
          <th>rejected</th>
        </tr>
        ${card.attacks.map(attackRow)}
      </table>
    </div>
    <p class="dim">
      Each example was shown to the model once more and measured here. Rejected ones do not count: beyond eps (with a
      tolerance of ${card.settings.tolerance}), outside the bounds or the constraints.
    </p>`;
}

function epsCurves(card: Scorecard): Curve[] {
  const start = { x: 0, y: card.data.cleanAccuracy, ...card.data.interval };
  return [...new Set(card.attacks.map(({ name }) => name))].map((name) => ({
    name,
    points: [
      start,
      ...card.attacks
        .filter((each) => each.name === name)
        .map((each) => ({ x: each.eps, y: each.robustAccuracy, ...each.interval })),
    ],
  }));
}

/** Share of attacked samples that have fallen by each number of queries. */
function queryCurve(name: string, toSuccess: readonly number[]): Curve {
  const sorted = toSuccess.filter((count) => count >= 0).sort((a, b) => a - b);
  const every = Math.max(1, Math.ceil(sorted.length / MOST_POINTS));
  const points = sorted.flatMap((x, i) =>
    i % every === 0 || i === sorted.length - 1 ? [{ x, y: (i + 1) / toSuccess.length }] : [],
  );
  return { name, points: [{ x: 0, y: 0 }, ...points], steps: true };
}

function heatTable(title: string, counts: readonly (readonly number[])[], names: readonly string[]): Markup {
  const rows = counts.map((row, label) => {
    const sum = row.reduce((total, count) => total + count, 0) || 1;
    const cells = row.map((count) => {
      const share = count / sum;
      return html`<td style="background:rgba(var(--heat),${(share * 0.55).toFixed(3)})">
        ${count === 0 ? '' : count}
      </td>`;
    });
    return html`<tr>
      <th scope="row">${names[label] ?? label}</th>
      ${cells}
    </tr>`;
  });
  const head = counts.map((_, label) => html`<th scope="col">${names[label] ?? label}</th>`);
  return html`<figure>
    <figcaption>${title}</figcaption>
    <div style="overflow-x:auto">
      <table class="heat">
        <tr>
          <th></th>
          ${head}
        </tr>
        ${rows}
      </table>
    </div>
  </figure>`;
}

function confusion({ confusion: tables, eps }: Scorecard, names: readonly string[]): Markup | undefined {
  if (tables === undefined || tables.before.length > MOST_HEAT) return undefined;
  return html`<h2>Confusion</h2>
    <p class="dim">Rows are true classes, columns what the model says.</p>
    <div class="two">
      ${heatTable('Before', tables.before, names)}${eps === undefined ? undefined : heatTable('After, by any attack', tables.after, names)}
    </div>`;
}

function gallery({ card, pictures, range, classNames = [] }: ReportParts): Markup | undefined {
  const layout = layoutOf(card.model.shape);
  if (layout === undefined || pictures.length === 0) return undefined;
  const name = (label: number): string => classNames[label] ?? String(label);
  const shown = pictures.map((picture) => {
    const { before, change, after, factor } = paintPicture(picture, layout, range);
    const title = `Sample ${picture.sample}, ${picture.attack}`;
    return html`<figure>
      <figcaption>${title}, ${card.settings.norm} ${short(picture.distance)}</figcaption>
      <div class="triple">
        <div><img src="${before}" alt="${title}: original" /><span>${name(picture.label)}</span></div>
        <div><img src="${change}" alt="${title}: change" /><span>change × ${short(factor)}</span></div>
        <div><img src="${after}" alt="${title}: adversarial" /><span>taken for ${name(picture.predicted)}</span></div>
      </div>
    </figure>`;
  });
  return html`<h2>Examples within ${card.eps}</h2>
    <div class="examples">${shown}</div>`;
}

/** By severity; the darker, the less is left. */
function corruptions({ corruptions: all }: Scorecard): Markup | undefined {
  if (all === undefined || all.length === 0) return undefined;
  const rows = [...new Set(all.map(({ name }) => name))].map((name) => {
    const cells = all
      .filter((each) => each.name === name)
      .map(
        ({ accuracy }) =>
          html`<td style="background:rgba(var(--heat),${((1 - accuracy) * 0.55).toFixed(3)})">
            ${percent(accuracy)}
          </td>`,
      );
    return html`<tr>
      <th scope="row">${name}</th>
      ${cells}
    </tr>`;
  });
  const head = [1, 2, 3, 4, 5].map((severity) => html`<th scope="col">severity ${severity}</th>`);
  return html`<h2>Accuracy under corruptions</h2>
    <div class="scroll">
      <table class="heat">
        <tr>
          <th></th>
          ${head}
        </tr>
        ${rows}
      </table>
    </div>`;
}

function gate({ gate: judged }: Scorecard): Markup | undefined {
  if (judged === undefined) return undefined;
  const lines = judged.outcomes.map(
    ({ requirement, passed, reason }) =>
      html`<p>
        <b class="${passed ? 'passed' : 'failed'}">${passed ? 'passed' : 'FAILED'}</b>
        ${requirement}${reason === undefined ? '' : `: ${reason}`}
      </p>`,
  );
  return html`<h2>Gate</h2>
    ${lines}`;
}

function queriesOf({ queries: { attacks, judge, corruptions: worse, certificates: proofs } }: Scorecard): string {
  const beside = [
    ...(worse === undefined ? [] : [`${worse} for corruptions`]),
    ...(proofs === undefined ? [] : [`${proofs} for certificates`]),
  ];
  return [`${attacks} by attacks`, `${judge} by the judge`, ...beside].join(', ');
}

/** What was proved, by radius. */
function certificates({ certificates: all }: Scorecard): Markup | undefined {
  if (all === undefined || all.length === 0) return undefined;
  const tables = all.map(({ method, norm, samples, sigma, copies, abstained, smoothedAccuracy, curve }) => {
    const how =
      method === 'interval'
        ? `By intervals, of the model itself: the share of ${samples} samples that stay right whatever moves them.`
        : `By smoothing, of the majority over noise (sigma ${sigma}, ${copies} copies): of ${samples} samples it is right ` +
          `about ${percent(smoothedAccuracy ?? 0)}, and has no answer to ${abstained}.`;
    const rows = curve.map(
      ({ radius, certifiedAccuracy, interval }) =>
        html`<tr>
          <td>${norm} ${short(radius)}</td>
          <td><b>${percent(certifiedAccuracy)}</b></td>
          <td>${spread(interval)}</td>
        </tr>`,
    );
    return html`<p>${how}</p>
      <div class="scroll">
        <table>
          <tr>
            <th>within</th>
            <th>certified</th>
            <th>95% interval</th>
          </tr>
          ${rows}
        </table>
      </div>`;
  });
  return html`<h2>Certificates</h2>
    ${tables}`;
}

function facts(card: Scorecard): Markup {
  const { model, data, settings, tool } = card;
  const rows: [name: string, value: string][] = [
    ['Model', model.path],
    ['SHA-256', model.digest ?? 'not known: behind an address'],
    ...(model.externalData ?? []).map(({ path, digest }): [string, string] => [`SHA-256 of ${path}`, digest]),
    ['Gives', `${model.gives}${model.gradients ? ' and gradients' : ', no gradients'}; ${model.classes} classes`],
    ['Data', `${data.path}, ${data.samples} samples of [${model.shape.join(', ')}]`],
    ['SHA-256 of the data', data.digest],
    ['Bounds', settings.bounds],
    ['Constraints', settings.constraints ? 'yes' : 'none'],
    ...(settings.round === undefined ? [] : [['Rounded', `to multiples of ${settings.round}`] as [string, string]]),
    ['Seed, batch', `${settings.seed}, ${settings.batch}`],
    ['Queries', queriesOf(card)],
    ['Made', `${card.time} by ${tool.name} ${tool.version} in ${card.seconds.toFixed(1)} s`],
  ];
  return html`<h2>What was measured, and how</h2>
    <dl>
      ${rows.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>`;
}

/** One self-contained page. */
export function renderReport(parts: ReportParts): string {
  const { card, queries, classNames = [] } = parts;
  const { data, worstCase } = card;
  const title = `Robustness of ${card.model.path.split('/').at(-1) ?? ''}`;
  const curves = epsCurves(card);
  const successes = queries.filter(({ toSuccess }) => toSuccess.some((count) => count >= 0));
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
        />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <style>
          ${STYLE_MARKUP}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p class="dim">
            ${card.data.samples} samples,
            ${card.settings.norm}${card.eps === undefined ? '' : ` within ${card.eps}`}${card.complete ? '' : ': partial'}
          </p>
          <div class="tiles">
            ${tile('Clean', percent(data.cleanAccuracy), spread(data.interval))}
            ${worstCase === undefined ? undefined : tile('Robust, worst case', percent(worstCase.robustAccuracy), spread(worstCase.interval))}
            ${Object.entries(card.robustAccuracy).map(([name, share]) => tile(name, percent(share), 'robust accuracy'))}
          </div>
          ${card.warnings.map(({ message }) => html`<p class="warn">${message}</p>`)} ${gate(card)}
          ${card.attacks.length === 0 ? undefined : attackTable(card)}
          ${
            card.attacks.length === 0
              ? undefined
              : html`<h2>Curves</h2>
                  <div class="two">
                    ${renderChart(curves, { title: 'Accuracy against eps', x: `eps (${card.settings.norm})`, y: 'accuracy' })}
                    ${
                      successes.length === 0
                        ? undefined
                        : renderChart(
                            successes.map(({ name, toSuccess }) => queryCurve(name, toSuccess)),
                            {
                              title: `Fooled against queries, within ${card.eps}`,
                              x: 'queries of a sample',
                              y: 'of those attacked',
                            },
                          )
                    }
                  </div>`
          }
          ${gallery(parts)} ${certificates(card)} ${corruptions(card)} ${confusion(card, classNames)} ${facts(card)}
        </main>
      </body>
    </html>`;
  return page.text;
}
