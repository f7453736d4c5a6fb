// The folder of a classifier and the two packages that run it: what a start needs of both, looked at before it.
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { AncileError, systemCode } from '../../base/index.ts';

export const MODEL_FILE = 'model.onnx';
export const TOKENIZER_FILE = 'tokenizer.json';
export const CONFIG_FILE = 'config.json';
export const TOKENIZER_CONFIG_FILE = 'tokenizer_config.json';

const PACKAGES = ['onnxruntime-node', '@huggingface/tokenizers'] as const;
const INSTALL = 'npm install onnxruntime-node@1.16.3 @huggingface/tokenizers';

const { resolve } = createRequire(import.meta.url);

/**
 * Sees that the packages are installed and the files can be read.
 * @throws AncileError `config_invalid`, with the line that installs what is missing
 */
export function checkModelFolder(folder: string): void {
  for (const name of PACKAGES) {
    try {
      resolve(name);
    } catch (thrown) {
      throw new AncileError(
        'config_invalid',
        `detect.second of kind onnx needs the package ${name}, which is not here`,
        {
          at: 'detect.second.kind',
          hint: `Install what it needs: ${INSTALL}`,
          cause: thrown,
        },
      );
    }
  }
  for (const file of [MODEL_FILE, TOKENIZER_FILE]) {
    const path = join(folder, file);
    try {
      accessSync(path, constants.R_OK);
    } catch (thrown) {
      throw new AncileError('config_invalid', `${path} cannot be read (${systemCode(thrown) ?? 'unknown error'})`, {
        at: 'detect.second.folder',
        hint: `The folder holds ${MODEL_FILE}, ${TOKENIZER_FILE} and, best, ${CONFIG_FILE}; its path is relative to the configuration file.`,
        cause: thrown,
      });
    }
  }
}
