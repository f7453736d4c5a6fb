// The words by which actions are asked for, as data: read once, compiled to expressions that are bounded by the text.
import { z } from 'zod';

const Word = z.string().min(1).max(60);
const VocabularyFile = z.strictObject({
  version: z.literal(1),
  actions: z.array(
    z.strictObject({
      name: z.string(),
      tools: z.array(Word).min(1),
      words: z.array(Word).min(1),
      made: z.array(Word).default([]),
      generic: z.boolean().default(false).describe('says nothing of what it is done to'),
    }),
  ),
  objects: z.array(z.strictObject({ tools: z.array(Word).min(1), words: z.array(Word).min(1) })),
  nouns: z.array(Word).min(1),
  makers: z.array(Word).min(1),
  negations: z.array(Word),
  negations_after: z.array(Word).min(1),
  deferrals: z.array(Word),
  superlatives: z.array(
    z.strictObject({ words: z.array(Word).min(1), of: z.enum(['most', 'least']), fields: z.string().max(200) }),
  ),
  differences: z.array(Word),
  naming: z.array(Word).min(1),
});

/** A word that chooses the record with the most, or least, of a value. */
export interface Superlative {
  readonly words: RegExp;
  readonly of: 'most' | 'least';
  /** Names of the fields that it may be about. */
  readonly fields: RegExp;
}

export interface ActionWords {
  readonly name: string;
  /** Words of a tool's name, each the words that must all be in it. */
  readonly tools: readonly (readonly string[])[];
  readonly words: RegExp;
  /** Nouns of it, behind a word of making. */
  readonly made: RegExp | undefined;
  readonly generic: boolean;
}

export interface Vocabulary {
  readonly actions: readonly ActionWords[];
  readonly objects: readonly { readonly tools: ReadonlySet<string>; readonly words: RegExp }[];
  /** At the end of a text: what follows is a noun. */
  readonly nouns: RegExp;
  readonly makers: RegExp;
  readonly negations: RegExp;
  /** They negate what stands before them. */
  readonly negationsAfter: RegExp;
  readonly deferrals: RegExp;
  readonly superlatives: readonly Superlative[];
  readonly differences: RegExp;
  /** What something is to be called follows. */
  readonly naming: RegExp;
}

const escape = (word: string): string => word.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '\\s+');

/** Any of the words, whole; of one that ends with `*` its beginning. */
function anyOf(words: readonly string[]): RegExp {
  const forms = words.map((word) =>
    word.endsWith('*') ? escape(word.slice(0, -1)) : `${escape(word)}(?![\\p{L}\\p{N}])`,
  );
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${forms.join('|')})`, 'giu');
}

/**
 * Checks and compiles a vocabulary.
 * @throws ZodError for what is not of its form
 */
export function parseVocabulary(value: unknown): Vocabulary {
  const file = VocabularyFile.parse(value);
  return {
    actions: file.actions.map(({ name, tools, words, made, generic }) => ({
      name,
      tools: tools.map((tool) => tool.split(' ')),
      words: anyOf(words),
      made: made.length === 0 ? undefined : anyOf(made),
      generic,
    })),
    objects: file.objects.map(({ tools, words }) => ({ tools: new Set(tools), words: anyOf(words) })),
    nouns: new RegExp(`(?<![\\p{L}\\p{N}])(?:${file.nouns.map(escape).join('|')})\\s+$`, 'iu'),
    makers: anyOf(file.makers),
    negations: anyOf(file.negations),
    negationsAfter: anyOf(file.negations_after),
    deferrals: anyOf(file.deferrals),
    superlatives: file.superlatives.map(({ words, of, fields }) => ({
      words: anyOf(words),
      of,
      fields: new RegExp(fields, 'iu'),
    })),
    differences: anyOf(file.differences),
    naming: new RegExp(`${anyOf(file.naming).source}[:\\s]{1,3}["'“‘\`]`, 'iu'),
  };
}
