// TensorFlow Lite: operators that are code from elsewhere, those of TensorFlow that reach beyond the numbers, and places that lie.
// Source: tensorflow/lite/schema/schema.fbs, version 3.
import type { Format, Look } from '../../format.ts';
import { type Source, SliceSource } from '../../source.ts';
import { lookAtText } from '../active-text.ts';
import { embeddedIn } from '../embedded.ts';
import { Flatbuffer } from './flatbuffer.ts';
import { acts, operationByName, operationOf, reportOperation } from './operations.ts';

/** Fields of the tables, by their place in the schema. */
const MODEL = { codes: 1, graphs: 2, description: 3, buffers: 4 } as const;
const CODE = { name: 1 } as const;
const GRAPH = { tensors: 0, operators: 3, name: 4 } as const;
const TENSOR = { buffer: 2 } as const;
const OPERATOR = { code: 0, inputs: 1, outputs: 2 } as const;
const BUFFER = { data: 0, offset: 1, size: 2 } as const;
/** Payloads of buffers that are looked for; those beyond are numbers like the first. */
const MOST_BUFFERS = 20_000;

function lookAtCodes(flat: Flatbuffer, model: number, look: Look): number {
  let count = 0;
  for (const code of flat.tables(model, MODEL.codes)) {
    count++;
    const name = flat.text(code, CODE.name);
    if (name === undefined) continue;
    const plain = name.replace(/^Flex/, '');
    const operation = operationOf(plain) ?? operationByName(plain);
    // What a Flex operation is given stands in the graph; those that count by their path alone need that path.
    if (operation !== undefined && acts(operation, [])) {
      reportOperation('tflite.operation', name, operation, [], code, look);
    } else if (!name.startsWith('Flex') && !name.startsWith('TFLite_')) {
      look.report('tflite.custom', { message: `uses the operation ${name}`, capability: 'native', offset: code });
    }
  }
  return count;
}

function lookAtBuffers(source: Source, flat: Flatbuffer, model: number, look: Look): number {
  let count = 0;
  for (const buffer of flat.tables(model, MODEL.buffers)) {
    if (++count > MOST_BUFFERS) continue;
    const inside = flat.bytes(buffer, BUFFER.data);
    const [offset, size] = [flat.u64(buffer, BUFFER.offset), flat.u64(buffer, BUFFER.size)];
    // Files of more than 2 GB keep their numbers behind the tables.
    if (offset > 1 && offset + size > source.size) {
      look.report('tflite.malformed', {
        message: `a buffer ends at byte ${offset + size}, and the file at ${source.size}`,
        offset: buffer,
      });
      continue;
    }
    const place = inside ?? (offset > 1 ? { start: offset, length: size } : undefined);
    if (place === undefined || place.length < 8) continue;
    const what = embeddedIn(source.read(place.start, Math.min(place.length, 256)));
    if (what === undefined) continue;
    look.report('tflite.payload', {
      message: `the buffer ${count - 1} begins like ${what}`,
      capability: 'execute',
      offset: place.start,
    });
    look.member(`buffer ${count - 1}`, new SliceSource(source, place.start, place.length));
  }
  return count;
}

/** Numbers of tensors and operators are indexes into lists: loaders that trust them read beyond those. */
function lookAtGraph(flat: Flatbuffer, graph: number, codes: number, buffers: number, look: Look): void {
  let tensors = 0;
  const wrong = (message: string, offset: number): void => look.report('tflite.malformed', { message, offset });
  for (const tensor of flat.tables(graph, GRAPH.tensors)) {
    tensors++;
    const buffer = flat.number(tensor, TENSOR.buffer);
    if (buffer > 0 && buffer >= buffers) wrong(`a tensor lies in the buffer ${buffer} of ${buffers}`, tensor);
  }
  for (const operator of flat.tables(graph, GRAPH.operators)) {
    const code = flat.number(operator, OPERATOR.code);
    if (code >= codes) wrong(`an operator is number ${code} of ${codes}`, operator);
    for (const list of [OPERATOR.inputs, OPERATOR.outputs]) {
      const outside = flat.numbers(operator, list).find((index) => index < -1 || index >= tensors);
      if (outside !== undefined) wrong(`an operator takes the tensor ${outside} of ${tensors}`, operator);
    }
  }
}

export const TFLITE: Format = {
  id: 'tflite',
  // Labels and vocabularies, in an archive behind the model.
  carries: true,
  match: ({ text }) => (text.slice(4, 8) === 'TFL3' ? 'sure' : false),
  scan(source, look) {
    const flat = new Flatbuffer(source, look.budget);
    const model = flat.root();
    const codes = lookAtCodes(flat, model, look);
    const buffers = lookAtBuffers(source, flat, model, look);
    for (const graph of flat.tables(model, MODEL.graphs)) lookAtGraph(flat, graph, codes, buffers, look);
    const description = flat.text(model, MODEL.description);
    if (description !== undefined) lookAtText(description, model, 'graph.active', 'the description', look);
  },
};
