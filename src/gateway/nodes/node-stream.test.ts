// What is shown of a node's stream is what a person can do something about first.
import { expect, it } from 'vitest';
import { NodeStream } from './node-stream.ts';

const note = (event: 'began' | 'rewound' | 'fork' | 'silent' | 'returned' | 'accepted', at: number) =>
  ({ kind: 'node.stream', origin: { node: 'node_1' }, event, from: at, to: at }) as const;

it.each([
  ['rewound', 'rewound'],
  ['fork', 'forked'],
] as const)('a node with a %s is shown as %s though nothing is heard of it', (event, state) => {
  const stream = new NodeStream('berlin');
  stream.apply(note('began', 0));
  stream.apply(note(event, 0));
  stream.apply(note('silent', 0));
  expect(stream.view('k').state).toBe(state);
  stream.apply(note('accepted', 0));
  expect(stream.view('k').state).toBe('silent');
  stream.apply(note('returned', 0));
  expect(stream.view('k').state).toBe('open');
});
