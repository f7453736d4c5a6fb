// Caffe models: layers that are Python code of somebody.
// Source: BVLC/caffe src/caffe/proto/caffe.proto.
import type { Format } from '../../format.ts';
import { isSeekable } from '../../stream-source.ts';
import { beginOf, textOf } from './message.ts';
import { operationByName, reportOperation } from './operations.ts';
import { messagesOf } from './tensorflow-graph.ts';

const LAYER = 100;
const PYTHON = 130;

export const CAFFE: Format = {
  id: 'caffe',
  match: ({ head, source }) => {
    // A name or the first layer.
    if ((head[0] !== 0x0a && head[0] !== 0xa2) || !isSeekable(source)) return false;
    const { fields } = beginOf(source, 16);
    const layer = fields.find(({ number, wire }) => number === LAYER && wire === 2);
    if (layer === undefined || !fields.every(({ number }) => number <= 8 || number === LAYER)) return false;
    const [name, type] = beginOf(source, 2, layer.start, layer.end).fields;
    return name?.number === 1 && type?.number === 2 && /^[A-Za-z]\w*$/.test(textOf(source, type, 100)) ? 'sure' : false;
  },
  scan(source, look) {
    for (const layer of messagesOf(source, look, { start: 0, end: source.size }, LAYER)) {
      let type = '';
      const given: string[] = [];
      for (const field of messagesOf(source, look, layer)) {
        if (field.number === 2) type = textOf(source, field, 200);
        else if (field.number === PYTHON)
          for (const each of messagesOf(source, look, field))
            if (given.length < 4) given.push(textOf(source, each, 300));
      }
      const operation = operationByName(type);
      if (operation !== undefined)
        reportOperation('caffe.layer', `the layer of the type ${type}`, operation, given, layer.start, look);
    }
  },
};
