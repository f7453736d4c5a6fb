// Tool calls on each wire: read from histories and answers, and taken out so that what is left is an answer of the dialect.
import { describe, expect, it } from 'vitest';
import { anthropicMessages, geminiGenerate, openaiChat, openaiResponses } from './index.ts';

const ARGS = { to: 'a@b.example' };

const WIRES = [
  {
    surface: openaiChat,
    history: {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: 'Go.' }] },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'send', arguments: JSON.stringify(ARGS) } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'sent' },
      ],
    },
    answer: () => ({
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: 'c2', type: 'function', function: { name: 'send', arguments: JSON.stringify(ARGS) } }],
          },
          finish_reason: 'tool_calls',
        },
      ],
    }),
    without: { choices: [{ index: 0, message: { role: 'assistant', content: 'no' }, finish_reason: 'stop' }] },
  },
  {
    surface: openaiResponses,
    history: {
      instructions: 'Be brief.',
      input: [
        { role: 'user', content: 'Go.' },
        { type: 'function_call', call_id: 'c1', name: 'send', arguments: JSON.stringify(ARGS) },
        { type: 'function_call_output', call_id: 'c1', output: 'sent' },
      ],
    },
    answer: () => ({
      output: [{ type: 'function_call', id: 'fc_1', call_id: 'c2', name: 'send', arguments: JSON.stringify(ARGS) }],
    }),
    without: {
      output: [
        {
          type: 'message',
          id: 'msg_fc_1',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'no', annotations: [] }],
        },
      ],
    },
  },
  {
    surface: anthropicMessages,
    history: {
      system: 'Be brief.',
      messages: [
        { role: 'user', content: 'Go.' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'send', input: ARGS }] },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 'c1', content: [{ type: 'text', text: 'sent' }] }],
        },
      ],
    },
    answer: () => ({ content: [{ type: 'tool_use', id: 'c2', name: 'send', input: ARGS }], stop_reason: 'tool_use' }),
    without: { content: [{ type: 'text', text: 'no' }], stop_reason: 'end_turn' },
  },
  {
    surface: geminiGenerate,
    history: {
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'Go.' }] },
        { role: 'model', parts: [{ functionCall: { id: 'c1', name: 'send', args: ARGS } }] },
        { role: 'user', parts: [{ functionResponse: { id: 'c1', name: 'send', response: 'sent' } }] },
      ],
    },
    answer: () => ({
      candidates: [{ content: { role: 'model', parts: [{ functionCall: { id: 'c2', name: 'send', args: ARGS } }] } }],
    }),
    without: { candidates: [{ content: { role: 'model', parts: [{ text: 'no' }] } }] },
  },
];

describe.each(WIRES.map((wire) => [wire.surface.id, wire] as const))(
  '%s',
  (_, { surface, history, answer, without }) => {
    const tools = surface.tools!;

    it('reads a history in order', () => {
      const items = tools.readHistory(history);
      expect(items.map(({ kind }) => kind)).toEqual(['system', 'user', 'call', 'result']);
      expect(items[2]).toEqual({ kind: 'call', id: 'c1', name: 'send', arguments: ARGS });
      expect(items[3]).toMatchObject({ kind: 'result', id: 'c1', text: expect.stringContaining('sent') as string });
    });

    it('reads what is proposed', () => {
      expect(tools.readCalls(answer())).toEqual([{ id: 'c2', name: 'send', arguments: ARGS }]);
    });

    it('puts a text in the place of a call, or leaves it', () => {
      const dropped = answer();
      tools.dropCalls(dropped, () => 'no');
      expect(dropped).toEqual(without);
      const kept = answer();
      tools.dropCalls(kept, () => undefined);
      expect(kept).toEqual(answer());
    });

    it('takes anything for what it is not', () => {
      for (const value of [
        null,
        1,
        'x',
        [],
        { messages: 1 },
        { choices: [1, { message: 1 }] },
        { content: 1, contents: [1], output: 1 },
      ]) {
        expect(() => {
          tools.readHistory(value);
          tools.readCalls(value);
          tools.dropCalls(value, () => 'no');
        }).not.toThrow();
      }
    });
  },
);

it('arguments that are no JSON are none', () => {
  const call = { id: 'c', type: 'function', function: { name: 'send', arguments: '{"to":' } };
  expect(openaiChat.tools!.readCall(call).arguments).toBeUndefined();
});

it('a call that stays keeps the reason of the answer’s end', () => {
  const answer = {
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'Well.',
          tool_calls: ['a', 'b'].map((id) => ({ id, type: 'function', function: { name: id, arguments: '{}' } })),
        },
        finish_reason: 'tool_calls',
      },
    ],
  };
  openaiChat.tools!.dropCalls(answer, ({ name }) => (name === 'a' ? 'no' : undefined));
  expect(answer.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: { content: 'Well.\nno', tool_calls: [{ id: 'b' }] },
  });
});

it.each([
  ['{"id":9007199254740993}', undefined],
  ['{"id":[1e999]}', undefined],
  ['{"id":9007199254740992,"text":"9007199254740993 \\"1e999","x":-1.5e3}', true],
])('arguments whose numbers readers differ on are none: %s', (text, isRead) => {
  const call = { id: 'c', type: 'function', function: { name: 'pay', arguments: text } };
  expect(openaiChat.tools!.readCall(call).arguments !== undefined).toBe(isRead === true);
});

it.each([
  [
    'openai',
    openaiChat,
    (texts: string[]) => ({ messages: [{ role: 'user', content: texts.map((text) => ({ type: 'text', text })) }] }),
  ],
  [
    'anthropic',
    anthropicMessages,
    (texts: string[]) => ({
      messages: [{ role: 'user', content: [{ type: 'image' }, ...texts.map((text) => ({ type: 'text', text }))] }],
    }),
  ],
  [
    'gemini',
    geminiGenerate,
    (texts: string[]) => ({ contents: [{ role: 'user', parts: texts.map((text) => ({ text })) }] }),
  ],
  [
    'responses',
    openaiResponses,
    (texts: string[]) => ({ input: [{ role: 'user', content: texts.map((text) => ({ type: 'input_text', text })) }] }),
  ],
] as const)(
  'the texts of one message are one, as a mark may begin in one and end in another: %s',
  (_, surface, body) => {
    const items = surface.tools!.readHistory(body(['<a>', 'b', '</a>']));
    expect(items.filter(({ kind }) => kind === 'user')).toEqual([{ kind: 'user', text: '<a>\nb\n</a>' }]);
  },
);
