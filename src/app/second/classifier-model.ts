// A sequence classifier from its folder: tokenizer and ONNX session, opened and seen to work before anything depends on it.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { AncileError } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import { chooseLabels } from './labels.ts';
import type { ClassifierSettings } from './messages.ts';
import { CONFIG_FILE, MODEL_FILE, TOKENIZER_CONFIG_FILE, TOKENIZER_FILE } from './model-folder.ts';
import { type Feed, openSession } from '../../onnx/index.ts';
import { attackShare, specialsOf, splitWindows } from './windows.ts';

/** Vocabularies of multilingual models take some 20 MB. */
const TOKENIZER_BYTES = 200_000_000;
const CONFIG_BYTES = 5_000_000;

const ModelConfig = z.object({
  id2label: z.record(z.string(), z.string()).optional(),
  max_position_embeddings: z.number().optional(),
});

export interface ClassifierModel {
  readonly version: string;
  /** How likely a text is an attack, 0..1; null where it has too many tokens. */
  classify(text: string): Promise<number | null>;
}

/** The outputs for one window. */
type Run = (ids: readonly number[]) => Promise<number[]>;

const AT = 'detect.second.folder';

function broken(file: string, thrown: unknown): AncileError {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new AncileError('model_invalid', `${file} cannot be used: ${why.replace(/\s+/g, ' ').slice(0, 300)}`, {
    at: AT,
    hint: 'It must be a sequence classifier with its tokenizer, exported to ONNX; see docs/guides/second-stage.md.',
    cause: thrown,
  });
}

function readJson(file: string, maxBytes: number): unknown {
  return parseJson(readFileSync(file), { maxBytes, what: file, code: 'model_invalid' });
}

async function openTokenizer(folder: string): Promise<Tokenizer> {
  const file = join(folder, TOKENIZER_FILE);
  const settings = join(folder, TOKENIZER_CONFIG_FILE);
  const { Tokenizer } = await import('@huggingface/tokenizers');
  try {
    const config = existsSync(settings) ? readJson(settings, CONFIG_BYTES) : {};
    return new Tokenizer(readJson(file, TOKENIZER_BYTES) as object, config as object);
  } catch (thrown) {
    throw thrown instanceof AncileError ? thrown : broken(file, thrown);
  }
}

async function openRun(file: string, threads: number): Promise<Run> {
  const session = await openSession(file, { threads }).catch((thrown: unknown) => {
    throw broken(file, thrown);
  });
  const known: Readonly<Record<string, (ids: readonly number[]) => readonly number[]>> = {
    input_ids: (ids) => ids,
    attention_mask: (ids) => ids.map(() => 1),
    token_type_ids: (ids) => ids.map(() => 0),
  };
  const unknown = session.inputNames.find((name) => known[name] === undefined);
  if (unknown !== undefined) throw broken(file, new Error(`it has an input that no text is, "${unknown}"`));
  const output = session.outputNames.includes('logits') ? 'logits' : session.outputNames[0]!;
  return async (ids) => {
    const feeds: Record<string, Feed> = {};
    for (const name of session.inputNames) {
      feeds[name] = { type: 'int64', data: BigInt64Array.from(known[name]!(ids), BigInt), dims: [1, ids.length] };
    }
    const logits = (await session.run(feeds, [output]))[output]!;
    // One row: a model of tokens would give one for each.
    if (logits.data.length !== logits.dims.at(-1))
      throw new Error(`its output is of the shape ${logits.dims.join(' x ')}`);
    return Array.from(logits.data, Number);
  };
}

/**
 * Opens the model of a folder and asks it once.
 * @throws AncileError `model_invalid` where a file of it is not what it should be, `config_invalid` where its labels are
 *   not those that were named
 */
export async function openModel({ folder, labels, maxTokens, threads }: ClassifierSettings): Promise<ClassifierModel> {
  const configFile = join(folder, CONFIG_FILE);
  const config = ModelConfig.safeParse(existsSync(configFile) ? readJson(configFile, CONFIG_BYTES) : {});
  if (!config.success) throw broken(configFile, new Error('it is not the configuration of a model'));
  const tokenizer = await openTokenizer(folder);
  const modelFile = join(folder, MODEL_FILE);
  const run = await openRun(modelFile, threads);

  const encode = (text: string, special: boolean): number[] =>
    tokenizer.encode(text, { add_special_tokens: special }).ids;
  const probe = 'a text';
  const specials = specialsOf(encode(probe, false), encode(probe, true));
  if (specials === undefined) throw broken(join(folder, TOKENIZER_FILE), new Error('it changes a text that it frames'));
  const { before, behind } = specials;
  const longest = Math.min(maxTokens, config.data.max_position_embeddings ?? maxTokens);
  const size = longest - before.length - behind.length;
  if (size < 1) throw broken(configFile, new Error(`it reads ${longest} tokens at once, which is no text`));

  let outputs: number;
  try {
    outputs = (await run([...before, ...encode(probe, false), ...behind])).length;
  } catch (thrown) {
    throw broken(modelFile, thrown);
  }
  const names = Array.from({ length: outputs }, (_, i) => config.data.id2label?.[String(i)] ?? `LABEL_${i}`);
  const attacks = chooseLabels(names, labels);
  const { size: bytes, mtimeMs } = statSync(modelFile);
  return {
    version: `${folder} ${bytes} ${mtimeMs} ${maxTokens} ${attacks.join()}`,
    async classify(text) {
      const windows = splitWindows(encode(text, false), size);
      if (windows === undefined) return null;
      let most = 0;
      for (const window of windows) {
        const share = attackShare(await run([...before, ...window, ...behind]), attacks);
        if (!Number.isFinite(share)) throw new AncileError('guard_fault', 'the model gave no number');
        most = Math.max(most, share);
      }
      return most;
    },
  };
}
