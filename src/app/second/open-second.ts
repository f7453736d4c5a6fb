// The second stage that the configuration asks for: looked at without opening anything, and opened.
import { resolve } from 'node:path';
import { selectRoute } from '../../access/index.ts';
import { AncileError } from '../../base/index.ts';
import type { LoadedConfig } from '../../config/index.ts';
import { type AskingParts, askModel } from '../../gateway/index.ts';
import { type Opinion, SecondStage, createJudgeOpinion, createModelOpinion } from '../../guard/index.ts';
import { openClassifier } from './classifier-process.ts';
import { checkModelFolder } from './model-folder.ts';

/** How many are asked at once is bounded by `concurrency`, and each answer by itself. */
const NO_SLOT = { take: () => true };

/**
 * Sees that what the second stage needs is there, where one is configured.
 * @throws AncileError `config_invalid`
 */
export function checkSecond({ config, dir }: LoadedConfig): void {
  const { second } = config.detect;
  if (second === undefined) return;
  if (second.kind === 'onnx') checkModelFolder(resolve(dir, second.folder));
  else if (selectRoute(config.models, second.model) === undefined) {
    throw new AncileError('config_invalid', `detect.second.model: no route serves "${second.model}"`, {
      at: 'detect.second.model',
      hint: `It is a name of \`models\`; there is: ${Object.keys(config.models).join(', ')}.`,
    });
  }
}

export interface SecondOptions {
  /** What a judge is asked with. */
  readonly asking: AskingParts;
  /** With it, answers are kept by digest. */
  readonly cacheDigest?: (text: string) => string;
}

/**
 * Opens the second stage; undefined where none is configured. An onnx model is loaded and asked once.
 * @throws AncileError `config_invalid`, `model_invalid`, `guard_fault`
 */
export async function openSecond(
  loaded: LoadedConfig,
  { asking, cacheDigest }: SecondOptions,
): Promise<SecondStage | undefined> {
  checkSecond(loaded);
  const { second } = loaded.config.detect;
  if (second === undefined) return undefined;
  const { band, deadline, onFault, texts, concurrency } = second;
  let opinion: Opinion;
  if (second.kind === 'onnx') {
    const { labels, maxTokens, threads } = second;
    const settings = { folder: resolve(loaded.dir, second.folder), labels, maxTokens, threads };
    opinion = createModelOpinion(await openClassifier({ settings }));
  } else {
    const { model } = second;
    opinion = createJudgeOpinion((prompt) => askModel(asking, NO_SLOT, model, prompt, deadline), model);
  }
  return new SecondStage({
    settings: { band, deadline, onFault, texts, concurrency, disabled: loaded.config.detect.disabled },
    opinion,
    ...(cacheDigest === undefined ? {} : { cacheDigest }),
  });
}
