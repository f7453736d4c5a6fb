// A filter of texts under attack: what it caught of known attacks before their words were edited, and after.
import type { TextScorecard } from '../../contract/index.ts';
import { wilson } from '../../stats/index.ts';
import { CHARACTER_EDITS, type TextAttackResult, WORD_EDITS, attackText } from './attack.ts';

const LEVELS = { character: CHARACTER_EDITS, word: WORD_EDITS } as const;
export type TextLevel = keyof typeof LEVELS;
export const TEXT_LEVELS = Object.keys(LEVELS) as TextLevel[];

/** What a filter says of a text. */
export interface Filtered {
  /** Whether it would not let it pass. */
  readonly caught: boolean;
  /** 0 to 1. */
  readonly score: number;
}

export interface TextRunOptions {
  readonly levels: readonly TextLevel[];
  /** Of each text and level. */
  readonly queries: number;
  /** Share of words that may be changed. */
  readonly share: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (level: TextLevel, done: number, of: number, fooled: number) => void;
  readonly onFooled?: (level: TextLevel, text: number, result: TextAttackResult) => void;
}

/** A score on whose upper half is what is caught: the attack lowers it, and is through where the filter lets the text pass. */
function toScore({ caught, score }: Filtered): number {
  return (caught ? 0.5 : 0) + Math.min(score, 0.9999) / 2;
}

/**
 * Attacks each text that is caught as it is. What an attack returns is put to the filter once more: its word is not taken.
 * @throws what the filter throws
 */
export async function attackFilter(
  filter: (text: string) => Promise<Filtered>,
  texts: readonly string[],
  options: TextRunOptions,
): Promise<Pick<TextScorecard, 'attacks' | 'robustAccuracy' | 'worstCase' | 'complete'> & { caught: number }> {
  const { levels, queries, share, seed, signal, onProgress, onFooled } = options;
  const ask = async (asked: string[]): Promise<number[]> => {
    const scores: number[] = [];
    for (const text of asked) scores.push(toScore(await filter(text)));
    return scores;
  };
  const caught: number[] = [];
  for (const [i, text] of texts.entries()) if ((await filter(text)).caught) caught.push(i);
  const fallen = new Set<number>();
  const attacks: TextScorecard['attacks'] = [];
  let complete = true;
  for (const level of levels) {
    const edits: Record<string, number> = {};
    let [fooled, total, attacked] = [0, 0, 0];
    for (const at of caught) {
      if (signal.aborted) {
        complete = false;
        break;
      }
      const settings = { edits: LEVELS[level], threshold: 0.5, queries, share, seed: seed + at };
      const result = await attackText(ask, texts[at]!, settings);
      attacked++;
      total += result.queries;
      if (result.fooled && !(await filter(result.text)).caught) {
        fooled++;
        fallen.add(at);
        for (const { edit } of result.edits) edits[edit] = (edits[edit] ?? 0) + 1;
        onFooled?.(level, at, result);
      }
      onProgress?.(level, attacked, caught.length, fooled);
    }
    const robust = caught.length - fooled;
    attacks.push({
      ...{ name: level, attacked, fooled, edits },
      robustAccuracy: robust / texts.length,
      interval: wilson(robust, texts.length),
      queries: { total, meanPerText: total / Math.max(1, attacked) },
    });
  }
  const robust = caught.length - fallen.size;
  return {
    caught: caught.length,
    attacks,
    robustAccuracy: Object.fromEntries(attacks.map((each) => [each.name, each.robustAccuracy])),
    worstCase: { robustAccuracy: robust / texts.length, interval: wilson(robust, texts.length) },
    complete,
  };
}
