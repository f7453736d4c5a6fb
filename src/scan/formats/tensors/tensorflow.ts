// TensorFlow: saved models, metagraphs and frozen graphs, and what Keras keeps beside them.
// Source: tensorflow/core/protobuf/{saved_model,meta_graph,saved_object_graph}.proto.
import type { Field } from '../../../reader/index.ts';
import type { Format, Look } from '../../format.ts';
import { SliceSource, type Source } from '../../source.ts';
import { isSeekable } from '../../stream-source.ts';
import { whyOutside } from '../path.ts';
import { beginOf, knownOf, textOf } from './message.ts';
import { isGraph, lookAtGraph, messagesOf } from './tensorflow-graph.ts';

/** A field of JSON, looked at as a file of its own. */
function lookAtJson(source: Source, look: Look, { start, end }: Field): void {
  if (/^\s*[{[]/.test(Buffer.from(source.read(start, Math.min(end - start, 8))).toString('latin1')))
    look.member(`node at ${start}.json`, new SliceSource(source, start, end - start));
}

/** MetaGraphDef: its graph, the files it names as assets, and objects of Keras with their configurations. */
function lookAtMetaGraph(source: Source, look: Look, meta: { start: number; end: number }): void {
  for (const field of messagesOf(source, look, meta)) {
    if (field.number === 2) lookAtGraph(source, look, field);
    else if (field.number === 6) {
      for (const file of messagesOf(source, look, field, 2)) {
        const path = textOf(source, file);
        const why = whyOutside(path);
        if (why !== undefined) {
          look.report('tensorflow.path', {
            message: `has the asset ${path}: ${why}`,
            capability: 'file',
            offset: file.start,
          });
        }
      }
    } else if (field.number === 7) {
      for (const node of messagesOf(source, look, field, 1))
        for (const object of messagesOf(source, look, node, 4))
          for (const metadata of messagesOf(source, look, object, 3)) lookAtJson(source, look, metadata);
    }
  }
}

const isMeta = (source: Source, start: number, end: number): boolean => {
  const fields = knownOf(source, 7, 64, start, end);
  const graph = fields.find(({ number }) => number === 2);
  return fields.every(({ wire }) => wire === 2) && graph !== undefined && isGraph(source, graph.start, graph.end);
};

export const TF_GRAPH: Format = {
  id: 'tf-graphdef',
  match: ({ head, source }) =>
    [0x0a, 0x12, 0x18, 0x22].includes(head[0]!) && isSeekable(source) && isGraph(source, 0, source.size)
      ? 'sure'
      : false,
  scan(source, look) {
    lookAtGraph(source, look, { start: 0, end: source.size });
  },
};

export const TF_METAGRAPH: Format = {
  id: 'tf-metagraph',
  match: ({ head, source }) =>
    head[0]! % 8 === 2 && head[0]! < 0x40 && isSeekable(source) && isMeta(source, 0, source.size) ? 'sure' : false,
  scan(source, look) {
    lookAtMetaGraph(source, look, { start: 0, end: source.size });
  },
};

export const TF_SAVED_MODEL: Format = {
  id: 'tf-savedmodel',
  match: ({ head, source }) => {
    if ((head[0] !== 0x08 && head[0] !== 0x12) || !isSeekable(source)) return false;
    const fields = knownOf(source, 2, 3);
    if (!fields.every(({ number, wire }) => (number === 1 && wire === 0) || (number === 2 && wire === 2))) return false;
    const meta = fields.find(({ number }) => number === 2);
    return meta !== undefined && isMeta(source, meta.start, meta.end) ? 'sure' : false;
  },
  scan(source, look) {
    for (const meta of messagesOf(source, look, { start: 0, end: source.size }, 2)) lookAtMetaGraph(source, look, meta);
  },
};

/** What Keras keeps beside a saved model: the configuration of each object, as JSON. */
export const KERAS_METADATA: Format = {
  id: 'keras-metadata',
  match: ({ head, name, source }) => {
    if (head[0] !== 0x0a || !isSeekable(source)) return false;
    const { fields } = beginOf(source, 1);
    const inner = fields[0] === undefined ? [] : beginOf(source, 6, fields[0].start, fields[0].end).fields;
    const hasJson = inner.some(
      (field) => field.number === 5 && field.wire === 2 && /^\s*\{/.test(textOf(source, field, 8)),
    );
    return hasJson ? 'sure' : name === 'keras_metadata.pb' && fields.length > 0 ? 'likely' : false;
  },
  scan(source, look) {
    for (const node of messagesOf(source, look, { start: 0, end: source.size }, 1)) {
      for (const field of messagesOf(source, look, node, 5)) lookAtJson(source, look, field);
    }
  },
};
