// A scorecard as a person reads it: what stands, by what, and what to make of it.
import type { LabCertificates, Scorecard } from '../contract/index.ts';
import { paint, print, showText, table } from './terminal.ts';

const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;
const spread = ({ low, high }: { low: number; high: number }): string => `${percent(low)} to ${percent(high)}`;

function printAttacks({ attacks, settings }: Scorecard): void {
  const headings = ['attack', 'eps', 'robust', '95% interval', 'fooled', `median ${settings.norm}`, 'queries', 'time'];
  const rows = attacks.map((each) => [
    each.name,
    String(each.eps),
    percent(each.robustAccuracy),
    spread(each.interval),
    `${each.fooled} of ${each.attacked}`,
    each.distance === undefined ? '' : Number(each.distance.median.toPrecision(3)).toString(),
    `${Math.round(each.queries.meanPerSample)} each`,
    `${each.seconds.toFixed(1)} s`,
  ]);
  print(table(headings, rows));
  for (const { name, eps, rejected } of attacks) {
    const reasons = Object.entries(rejected).map(([reason, count]) => `${count} ${reason.replaceAll('-', ' ')}`);
    if (reasons.length > 0) print(paint('yellow', `rejected of ${name} within ${eps}: ${reasons.join(', ')}`));
  }
}

function corruptionTable(corruptions: NonNullable<Scorecard['corruptions']>): string {
  const names = [...new Set(corruptions.map(({ name }) => name))];
  const rows = names.map((name) => [
    name,
    ...corruptions.filter((each) => each.name === name).map(({ accuracy }) => percent(accuracy)),
  ]);
  return table(['corruption', '1', '2', '3', '4', '5'], rows);
}

function certificateText({
  method,
  norm,
  samples,
  sigma,
  copies,
  abstained,
  smoothedAccuracy,
  curve,
}: LabCertificates) {
  const how =
    method === 'interval'
      ? `proved by intervals of the model itself, ${samples} samples`
      : `proved by smoothing (sigma ${sigma}, ${copies} copies, ${samples} samples, ${abstained} without an answer): ` +
        `the smoothed model is right about ${percent(smoothedAccuracy ?? 0)}`;
  const rows = curve.map(({ radius, certifiedAccuracy, interval }) => [
    `${norm} ${Number(radius.toPrecision(4))}`,
    percent(certifiedAccuracy),
    spread(interval),
  ]);
  return `${how}\n${table(['within', 'certified', '95% interval'], rows)}`;
}

export function printScorecard(card: Scorecard): void {
  const { data, model, worstCase, settings, gate, variants } = card;
  print(`${paint('bold', showText(model.path))}  ${paint('dim', `${model.classes} classes, gives ${model.gives}`)}`);
  print(`${data.samples} samples of ${showText(data.path)}, bounds ${settings.bounds}, ${settings.norm}`);
  print('');
  print(`clean accuracy   ${percent(data.cleanAccuracy)}  (${spread(data.interval)})`);
  if (worstCase !== undefined) {
    print(
      `robust accuracy  ${percent(worstCase.robustAccuracy)}  (${spread(worstCase.interval)}) within ${card.eps}, worst case`,
    );
  }
  if (card.attacks.length > 0) {
    print('');
    printAttacks(card);
  }
  if (card.corruptions !== undefined) {
    print('');
    print(corruptionTable(card.corruptions));
  }
  for (const each of card.certificates ?? []) {
    print('');
    print(certificateText(each));
  }
  for (const { name, accuracy, interval, changed } of variants ?? []) {
    print(`${showText(name)}: ${percent(accuracy)} (${spread(interval)}), ${changed} answers changed`);
  }
  for (const { message } of card.warnings) print(`${paint('yellow', '!')} ${showText(message)}`);
  for (const { requirement, passed, reason } of gate?.outcomes ?? []) {
    const mark = passed ? paint('green', 'passed') : paint('red', 'FAILED');
    print(`${mark}  ${requirement}${reason === undefined ? '' : `: ${reason}`}`);
  }
  if (!card.complete) print(paint('yellow', 'partial: shares are of the samples that were attacked'));
}
