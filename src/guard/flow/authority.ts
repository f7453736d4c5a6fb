// Whether the user's own words ask for a kind of action. What he quotes is data, what he negates or puts off he does not ask for.
import { QUOTED, wordsOf } from './normal.ts';
import type { ActionWords, Vocabulary } from './vocabulary.ts';

/** Characters before an action in which a negation, or what puts it off, is looked for: some four words. */
const BEFORE = 60;
const SENTENCE = /[.!?;\n]/;
/** Characters behind an action in which a negation is looked for, and what ends its clause: another clause, or another action. */
const AFTER = 100;
const CLAUSE = /[.!?;:,\n]|(?<![\p{L}\p{N}])(?:und|oder|aber|sondern|dass|en|of|maar|dat|om|and|but)(?![\p{L}\p{N}])/iu;

/** The words of a tool's name: `send_email`, `sendEmail` and `mail.send-email` have the same. */
export function nameWords(tool: string): string[] {
  return tool
    .slice(0, 200)
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** What the user said, without what he quoted. */
export function plainWords(text: string): string {
  return text.replace(QUOTED, ' " ');
}

function isAskedFor(text: string, { words, made }: ActionWords, vocabulary: Vocabulary): boolean {
  const before = (index: number): string =>
    text
      .slice(Math.max(0, index - BEFORE), index)
      .split(SENTENCE)
      .at(-1)!;
  const after = (end: number): string => text.slice(end, end + AFTER).split(CLAUSE, 1)[0]!;
  const isMeant = (said: string): boolean =>
    !isMentioned(said, vocabulary.negations) && !isMentioned(said, vocabulary.deferrals);
  for (const { index, 0: word } of text.matchAll(words)) {
    const said = before(index);
    if (isMentioned(after(index + word.length), vocabulary.negationsAfter)) continue;
    if (isMeant(said) && !vocabulary.nouns.test(said)) return true;
  }
  for (const { index } of made === undefined ? [] : text.matchAll(made)) {
    const said = before(index);
    if (isMeant(said) && isMentioned(said, vocabulary.makers)) return true;
  }
  return false;
}

function isMentioned(text: string, words: RegExp): boolean {
  // The expressions are global: `search` does not move them.
  return text.search(words) >= 0;
}

/**
 * The actions that a tool's name stands for. The first word of it that is an action is what the tool does (in send_message,
 * message is what is sent), but for those that two words name: to send money is to pay.
 */
function actionsOf(names: readonly string[], { actions }: Vocabulary): readonly ActionWords[] {
  let best: { readonly found: ActionWords[]; readonly count: number; readonly at: number } | undefined;
  for (const action of actions) {
    for (const words of action.tools) {
      if (!words.every((word) => names.includes(word))) continue;
      const at = names.indexOf(words[0]!);
      const order = best === undefined ? -1 : best.count - words.length || at - best.at;
      if (order < 0) best = { found: [action], count: words.length, at };
      else if (order === 0) best!.found.push(action);
    }
  }
  return best?.found ?? [];
}

/** Whether a text has one of the words of a name that no action has. */
function isNamed(text: string, names: readonly string[]): boolean {
  return wordsOf(text.toLowerCase()).some((word) =>
    names.some((name) => name.length > 3 && word.startsWith(name.slice(0, 5))),
  );
}

/**
 * Whether the user's words ask for what a tool does.
 * @param texts - what the user said, without quotations (`plainWords`)
 */
export function isAuthorised(tool: string, texts: readonly string[], vocabulary: Vocabulary): boolean {
  const names = nameWords(tool);
  const actions = actionsOf(names, vocabulary);
  if (actions.length === 0) return texts.some((text) => isNamed(text, names));
  const objects = vocabulary.objects.filter(({ tools }) => names.some((name) => tools.has(name)));
  return texts.some((text) =>
    actions.some(
      (action) =>
        isAskedFor(text, action, vocabulary) &&
        (!action.generic || objects.length === 0 || objects.some((object) => isMentioned(text, object.words))),
    ),
  );
}
