// What a trainer wrote down: the state of Hugging Face's Trainer, and the results of its scripts. Pickled arguments are not read.
import type { FactBook } from '../fact-book.ts';
import { list, readJson, record, scalar, type Values } from '../values.ts';
import type { Reader } from './reader.ts';

const STATE: Readonly<Record<string, string>> = {
  epoch: 'training:epochs',
  global_step: 'training:steps',
  train_batch_size: 'training:batch-size',
  total_flos: 'training:floating-point-operations',
  num_input_tokens_seen: 'training:tokens-seen',
  best_metric: 'training:best-metric',
};
const METRIC = /^(?:eval|test|predict)_(?!runtime$|samples|steps_per|model_prep|jit)/;

function readMetrics(values: Values, on: string, book: FactBook): void {
  for (const [name, value] of Object.entries(values)) {
    if (METRIC.test(name) && typeof value === 'number') book.metric(name, value, on);
  }
}

export const training: Reader = {
  match: (path) => /^(?:trainer_state|all_results|eval_results|test_results)\.json$/.test(path),
  read(bytes, book) {
    const values = record(readJson(bytes));
    if (book.source !== 'trainer_state.json') return readMetrics(values, '', book);
    for (const [member, property] of Object.entries(STATE)) book.property(property, scalar(values[member]));
    const evaluations = list(values['log_history'])
      .map(record)
      .filter((entry) => Object.keys(entry).some((name) => METRIC.test(name)));
    const last = evaluations.at(-1);
    if (last !== undefined) readMetrics(last, `after step ${scalar(last['step']) ?? '?'}`, book);
  },
};
