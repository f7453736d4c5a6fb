// A file of labels that the configuration names: what tools do, and how far their results are trusted.
import { resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { AncileError } from '../base/index.ts';
import { FlowLabels } from '../contract/index.ts';
import { readConfigText } from './config-text.ts';

const LABELS_BYTES = 1_000_000;

function invalid(at: string, message: string, cause?: unknown): AncileError {
  return new AncileError('config_invalid', `${at}: ${message}`, { at, cause });
}

/** @throws AncileError `config_invalid` */
export function readLabelFile(file: string, at: string, dir: string): FlowLabels {
  const path = resolve(dir, file);
  const text = readConfigText(dir, file, at);
  if (text.length > LABELS_BYTES) throw invalid(at, `${path} is larger than ${LABELS_BYTES} bytes`);
  let value: unknown;
  try {
    value = parseYaml(text, { maxAliasCount: 0 });
  } catch (thrown) {
    throw invalid(at, `${path} is neither JSON nor YAML`, thrown);
  }
  const parsed = FlowLabels.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path: place, message } = parsed.error.issues[0]!;
  throw invalid(at, `${path}: ${place.map(String).join('.')}: ${message}`);
}
