// The model card: the front matter of a README as the Hugging Face Hub defines it, and the headings of its template.
import type { FactBook } from '../fact-book.ts';
import { list, oneOrMore, readText, readYamlText, record, scalar, text, type Values } from '../values.ts';
import { readSections } from './card-sections.ts';
import type { Reader } from './reader.ts';

const MOST_FRONT = 256 << 10;
const MOST_RESULTS = 500;

/** Front matter and what follows it. */
function split(card: string): { front: string | undefined; body: string } {
  if (!/^---[ \t]{0,20}\n/.test(card)) return { front: undefined, body: card };
  const start = card.indexOf('\n') + 1;
  for (let at = start; at < card.length;) {
    const end = card.indexOf('\n', at);
    const line = card.slice(at, end === -1 ? card.length : end);
    if (line.length < 30 && line.trimEnd() === '---') {
      return { front: card.slice(start, at), body: end === -1 ? '' : card.slice(end + 1) };
    }
    if (end === -1) break;
    at = end + 1;
  }
  return { front: undefined, body: card };
}

function readResult(value: unknown, book: FactBook): void {
  const { task, dataset, metrics } = record(value);
  const on = record(dataset);
  const name = text(on['name']) ?? text(on['type']);
  const slice = [name, scalar(on['config']), scalar(on['split']), scalar(on['revision'])].filter(
    (part) => part !== undefined,
  );
  book.dataset(text(on['type']) ?? name, 'evaluation');
  for (const each of list(metrics)) {
    const metric = record(each);
    book.metric(text(metric['name']) ?? text(metric['type']), metric['value'], slice.join(' '));
  }
  book.say('task', text(record(task)['type']));
}

function readEmissions(value: unknown, book: FactBook): void {
  const grams = typeof value === 'object' ? record(value)['emissions'] : value;
  book.property('co2-eq-emissions-grams', scalar(grams));
  for (const key of ['source', 'training_type', 'geographical_location', 'hardware_used'] as const) {
    const said = text(record(value)[key]);
    if (said !== undefined) book.property(`co2-${key.replaceAll('_', '-')}`, said);
  }
}

function readFront(front: Values, book: FactBook): void {
  const models = list(front['model-index']);
  book.say('name', text(front['model_name']) ?? (models.length === 1 ? text(record(models[0])['name']) : undefined));
  book.say('task', text(front['pipeline_tag']));
  for (const each of oneOrMore(front['license'])) {
    book.licence(text(each), text(front['license_name']), text(front['license_link']));
  }
  book.reference('license', text(front['license_link']));
  for (const each of oneOrMore(front['base_model'])) {
    const relation = text(front['base_model_relation']);
    book.baseModel(text(each), true, relation === undefined ? {} : { relation });
  }
  for (const each of oneOrMore(front['datasets'])) {
    const name = text(each) ?? text(record(each)['name']);
    const onHub = name !== undefined && /^[\w.-]+\/[\w.-]+$/.test(name);
    book.dataset(name, 'training', onHub ? `https://huggingface.co/datasets/${name}` : undefined);
  }
  for (const tag of oneOrMore(front['tags'])) {
    const arxiv = /^arxiv:(\d{4}\.\d{4,5})$/i.exec(text(tag) ?? '')?.[1];
    if (arxiv === undefined) book.tag(scalar(tag));
    else book.reference('documentation', `https://arxiv.org/abs/${arxiv}`);
  }
  book.property('languages', oneOrMore(front['language']).map(scalar).filter(Boolean).join(', '));
  book.property('metrics-named', oneOrMore(front['metrics']).map(scalar).filter(Boolean).join(', '));
  const library = text(front['library_name']);
  if (library !== undefined) book.library(library, '', undefined);
  readEmissions(front['co2_eq_emissions'], book);
  for (const model of models.slice(0, MOST_RESULTS)) {
    for (const result of list(record(model)['results']).slice(0, MOST_RESULTS)) readResult(result, book);
  }
}

export const card: Reader = {
  match: (path) => /^(?:readme|model[-_]?card)\.(?:md|markdown)$/i.test(path),
  read(bytes, book) {
    const unseen = (reason: string): void => book.unseen(reason);
    const { front, body } = split(readText(bytes, unseen));
    if (front !== undefined && front.length > MOST_FRONT)
      book.unseen(`front matter of more than ${MOST_FRONT >> 10} KB was not read`);
    else if (front !== undefined) readFront(record(readYamlText(front, unseen)), book);
    readSections(body, book);
  },
};
