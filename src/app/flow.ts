// Flow control as a configuration has it: the vocabulary that is shipped, the labels of a file.
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { AncileError } from '../base/index.ts';
import { FlowLabels } from '../contract/index.ts';
import { type Vocabulary, parseVocabulary } from '../guard/index.ts';
import { readContent } from './content.ts';

let vocabulary: Vocabulary | undefined;

/** The words by which actions are asked for, read once. */
export function flowVocabulary(): Vocabulary {
  vocabulary ??= parseVocabulary(parseYaml(readContent('flow/vocabulary.yaml').text));
  return vocabulary;
}

/** A file of labels: one set, or one by the name of each suite. Names that begin with `_` are notes. */
export type LabelFile = FlowLabels | ReadonlyMap<string, FlowLabels>;

/**
 * Checks what a file of labels holds.
 * @param file - its name, for the error
 * @throws AncileError `config_invalid` naming the field
 */
export function readLabels(value: unknown, file: string): LabelFile {
  const entries =
    typeof value === 'object' && value !== null
      ? Object.entries(value as Record<string, unknown>).filter(([name]) => !name.startsWith('_'))
      : [];
  const own = Object.keys(FlowLabels.shape);
  const isOne = entries.length > 0 && entries.every(([name]) => own.includes(name));
  const parsed = isOne
    ? FlowLabels.safeParse(Object.fromEntries(entries))
    : z.record(z.string(), FlowLabels).safeParse(Object.fromEntries(entries));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new AncileError('config_invalid', `${issue.path.join('.') || 'labels'}: ${issue.message}`, {
      at: file,
      hint: 'Labels have writes, fields, confidential_reads and secret_fields; see docs/guides/agents.md.',
    });
  }
  if (entries.length === 0) {
    throw new AncileError('config_invalid', 'the file has no labels', {
      at: file,
      hint: 'Expected an object with writes and fields, or one such object by the name of each suite.',
    });
  }
  return isOne ? (parsed.data as FlowLabels) : new Map(Object.entries(parsed.data as Record<string, FlowLabels>));
}
