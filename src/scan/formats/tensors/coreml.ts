// Core ML: models and layers that are code of the application, and models and weights that lie elsewhere.
// Source: apple/coremltools mlmodel/format/{Model,CustomModel,LinkedModel,NeuralNetwork,MIL}.proto.
import type { Field } from '../../../reader/index.ts';
import type { Format, Look } from '../../format.ts';
import type { Source } from '../../source.ts';
import { isSeekable } from '../../stream-source.ts';
import { lookAtText } from '../active-text.ts';
import { whyOutside } from '../path.ts';
import { MOST_DEPTH, beginOf, fieldsOf, textOf } from './message.ts';

const CUSTOM_MODEL = 555;
const LINKED_MODEL = 556;
/** Fields that hold models: pipelines of three kinds. */
const PIPELINES = new Set([200, 201, 202]);
const NETWORKS = new Set([303, 403, 500]);
const CUSTOM_LAYER = 500;
const DESCRIPTION = 2;
const METADATA = 100;
const ML_PROGRAM = 502;
/** The messages of a program that lead to the files of its weights: for each, the fields that are followed, and as what. */
const PROGRAM: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  program: { 2: 'functions', 4: 'values' },
  functions: { 2: 'function' },
  function: { 3: 'blocks', 4: 'values' },
  blocks: { 2: 'block' },
  block: { 3: 'operation', 4: 'values' },
  operation: { 2: 'arguments', 4: 'block', 5: 'values' },
  arguments: { 2: 'argument' },
  argument: { 1: 'binding' },
  binding: { 2: 'value' },
  values: { 2: 'value' },
  value: { 5: 'file' },
};
/** How paths begin that count from the model's own folder. */
const MODEL_PATH = /^@model_path(?=\/)\//;
/** Names of the fields that say of which kind a model is. */
const isKind = (number: number): boolean => number >= 200 && number <= 3000;

/** The first text found in messages within a message. */
function deepText(source: Source, look: Look, { start, end }: Field, depth: number): string[] {
  const texts: string[] = [];
  for (const field of fieldsOf(source, look, start, end)) {
    if (field.wire !== 2) continue;
    const { fields, whole } = beginOf(source, 8, field.start, field.end);
    if (depth < 4 && whole && fields.length > 0) texts.push(...deepText(source, look, field, depth + 1));
    else texts.push(textOf(source, field));
  }
  return texts;
}

function lookAtModel(source: Source, look: Look, start: number, end: number, depth: number): void {
  if (depth > MOST_DEPTH) return look.unseen('pipelines nested too deep');
  for (const field of fieldsOf(source, look, start, end)) {
    if (field.wire !== 2) continue;
    if (field.number === CUSTOM_MODEL) {
      const [name = ''] = deepText(source, look, field, 4);
      look.report('coreml.custom', {
        message: `is a model of the class ${name}`,
        capability: 'native',
        offset: field.start,
      });
    } else if (field.number === LINKED_MODEL) {
      for (const text of deepText(source, look, field, 0)) {
        // Search paths are joined by colons.
        const why =
          whyOutside(text) ??
          text
            .split(':')
            .map(whyOutside)
            .find((each) => each !== undefined);
        if (why === undefined) continue;
        look.report('coreml.linked', {
          message: `loads the model ${text}: ${why}`,
          capability: 'file',
          offset: field.start,
        });
      }
    } else if (field.number === ML_PROGRAM) lookAtProgram(source, look, field, 'program', 0);
    else if (field.number === DESCRIPTION) lookAtDescription(source, look, field);
    else if (PIPELINES.has(field.number)) lookAtPipeline(source, look, field, depth);
    else if (NETWORKS.has(field.number)) lookAtNetwork(source, look, field);
  }
}

function lookAtPipeline(source: Source, look: Look, { start, end }: Field, depth: number): void {
  for (const field of fieldsOf(source, look, start, end)) {
    if (field.wire !== 2 || field.number !== 1) continue;
    const { fields } = beginOf(source, 2, field.start, field.end);
    // A pipeline of models, or a classifier around such a pipeline.
    if (fields[0]?.number === 1 && fields[0].wire === 2) lookAtPipeline(source, look, field, depth + 1);
    else lookAtModel(source, look, field.start, field.end, depth + 1);
  }
}

function lookAtNetwork(source: Source, look: Look, { start, end }: Field): void {
  for (const layer of fieldsOf(source, look, start, end)) {
    if (layer.wire !== 2 || layer.number !== 1) continue;
    for (const field of fieldsOf(source, look, layer.start, layer.end)) {
      if (field.wire !== 2 || field.number !== CUSTOM_LAYER) continue;
      const [name = ''] = deepText(source, look, field, 4);
      look.report('coreml.custom', {
        message: `has a layer of the class ${name}`,
        capability: 'native',
        offset: field.start,
      });
    }
  }
}

/** Follows the messages of a program down to the files that hold its weights. */
function lookAtProgram(source: Source, look: Look, { start, end }: Field, kind: string, depth: number): void {
  if (depth > MOST_DEPTH * 4) return look.unseen('blocks nested too deep');
  for (const field of fieldsOf(source, look, start, end)) {
    const next = field.wire === 2 ? PROGRAM[kind]?.[field.number] : undefined;
    if (next !== undefined) lookAtProgram(source, look, field, next, depth + 1);
    else if (kind === 'file' && field.number === 1 && field.wire === 2) {
      const path = textOf(source, field);
      const why = whyOutside(path.replace(MODEL_PATH, ''));
      if (why === undefined) continue;
      look.report('coreml.linked', {
        message: `takes weights from ${path}: ${why}`,
        capability: 'file',
        offset: field.start,
      });
    }
  }
}

/** The author, the licence and what else is shown of a model. */
function lookAtDescription(source: Source, look: Look, { start, end }: Field): void {
  for (const field of fieldsOf(source, look, start, end)) {
    if (field.wire !== 2 || field.number !== METADATA) continue;
    for (const text of deepText(source, look, field, 2))
      lookAtText(text, field.start, 'graph.active', 'the metadata', look);
  }
}

export const COREML: Format = {
  id: 'coreml',
  match: ({ head, source }) => {
    if (head[0] !== 0x08 || !isSeekable(source)) return false;
    const { fields } = beginOf(source, 6);
    const [version] = fields;
    if (version?.number !== 1 || version.value > 30) return false;
    return fields.every(({ number }) => number <= 2 || number === 10 || isKind(number)) &&
      fields.some(({ number }) => isKind(number))
      ? 'sure'
      : false;
  },
  scan(source, look) {
    lookAtModel(source, look, 0, source.size, 0);
  },
};
