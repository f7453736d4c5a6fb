// How the command line shows what moved a score: a bar a reason, drawn to one scale.
import type { Explanation, Reason } from '../contract/index.ts';
import { paint, print, showText } from './terminal.ts';

const BAR = 14;
/** Reasons of one explanation that are shown; `--json` has them all. */
const MOST = 12;

function bar(weight: number, most: number): string {
  const length = most === 0 ? 0 : Math.round((Math.abs(weight) / most) * BAR);
  return (weight < 0 ? '-' : '#').repeat(Math.max(length, 1)).padEnd(BAR);
}

function printReason({ kind, what, weight }: Reason, most: number): void {
  const signed = `${weight < 0 ? '-' : '+'}${Math.abs(weight).toFixed(2)}`.padStart(7);
  print(
    `            ${paint(weight < 0 ? 'green' : 'red', bar(weight, most))} ${signed}  ${kind.padEnd(7)}  ${showText(what)}`,
  );
}

/** What adds to the score (`#`) and what takes from it (`-`), the heaviest first. */
export function printExplanation(explanation: readonly Explanation[]): void {
  if (explanation.length === 0) print(`  ${paint('dim', 'why')}       nothing in it moved a prompt-attack score`);
  for (const { rule, score, start, end, reasons } of explanation) {
    const most = Math.max(...reasons.map(({ weight }) => Math.abs(weight)), 0);
    print(`  ${paint('dim', 'why')}       ${rule}  ${score.toFixed(2)}  characters ${start}-${end}`);
    for (const reason of reasons.slice(0, MOST)) printReason(reason, most);
    if (reasons.length > MOST) print(paint('dim', `            and ${reasons.length - MOST} lighter ones`));
  }
}
