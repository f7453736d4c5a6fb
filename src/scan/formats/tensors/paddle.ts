// PaddlePaddle programs: what their operations reach, with the paths that they are given, in every block.
// Source: paddle/fluid/framework/framework.proto.
import type { Field } from '../../../reader/index.ts';
import type { Format, Look } from '../../format.ts';
import type { Source } from '../../source.ts';
import { isSeekable } from '../../stream-source.ts';
import { beginOf, textOf } from './message.ts';
import { acts, operationByName, paddleOperationOf, reportOperation } from './operations.ts';
import { messagesOf } from './tensorflow-graph.ts';

const MOST_TEXTS = 16;
/** Attributes that say where something lies; others hold the lines of the program that made it. */
const PLACES = /path|file|dir|url|address|endpoint|key/i;

function lookAtOperation(source: Source, look: Look, operation: Field): void {
  let type = '';
  const texts: string[] = [];
  for (const field of messagesOf(source, look, operation)) {
    if (field.number === 3) type = textOf(source, field, 200);
    else if (field.number === 4) {
      let name = '';
      for (const value of messagesOf(source, look, field)) {
        if (value.number === 1) name = textOf(source, value, 100);
        // A text, or a list of them.
        else if ((value.number === 5 || value.number === 8) && PLACES.test(name) && texts.length < MOST_TEXTS)
          texts.push(textOf(source, value, 300));
      }
    }
  }
  const found = paddleOperationOf(type) ?? operationByName(type);
  if (found === undefined || !acts(found, texts)) return;
  const given = texts.filter((text) => text !== '').slice(0, 4);
  reportOperation('paddle.operation', `the operation ${type}`, found, given, operation.start, look);
}

/** Whether a block begins here: its number, that of its parent, then variables and operations. */
function isBlock(source: Source, { start, end }: Field): boolean {
  const { fields } = beginOf(source, 6, start, end);
  const has = (number: number, wire: number): boolean =>
    fields.some((field) => field.number === number && field.wire === wire);
  return (
    has(1, 0) &&
    has(2, 0) &&
    fields.every(({ number, wire }) => number <= 5 && wire === (number < 3 || number === 5 ? 0 : 2))
  );
}

export const PADDLE: Format = {
  id: 'paddle',
  match: ({ head, source }) => {
    if (head[0] !== 0x0a || !isSeekable(source)) return false;
    const { fields } = beginOf(source, 8);
    const [block] = fields;
    return block !== undefined && fields.every(({ number }) => number <= 5) && isBlock(source, block) ? 'sure' : false;
  },
  scan(source, look) {
    for (const block of messagesOf(source, look, { start: 0, end: source.size }, 1))
      for (const operation of messagesOf(source, look, block, 4)) lookAtOperation(source, look, operation);
  },
};
