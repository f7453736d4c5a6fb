// The judge of grounding: what it is asked, what is believed of its reply, and what a document cannot make of it.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { judgeGrounding } from './index.ts';

const ANSWER = 'The mill made 412 tons. It is the oldest in the county. Anything else?';
const documents = { texts: ['The mill made 412 tons in May.'], said: ['What did the mill make?'] };

// The last of its kind: an outside text may hold one too.
const checkOf = (prompt: string): string => /.*\{"check": "(\w+)", "unsupported": \[\]\}$/s.exec(prompt)![1]!;
const markOf = (prompt: string): string => /begins with "(\w+)\|"/.exec(prompt)![1]!;
const reply = (unsupported: unknown, prompt: string): string => JSON.stringify({ check: checkOf(prompt), unsupported });

it('finds the sentences that the judge names, where they stand', async () => {
  const { findings, failures } = await judgeGrounding(async (prompt) => reply([2], prompt), documents, ANSWER);
  expect(failures).toEqual([]);
  expect(findings).toMatchObject([{ class: 'ungrounded', rule: 'ungrounded.judged', detector: 'grounding_judge' }]);
  expect(ANSWER.slice(findings[0]!.start, findings[0]!.end)).toBe('It is the oldest in the county.');
  const fenced = await judgeGrounding(async (prompt) => `\`\`\`json\n${reply([], prompt)}\n\`\`\``, documents, ANSWER);
  expect(fenced).toEqual({ findings: [], failures: [] });
});

it('believes no reply of another form', async () => {
  const replies: ((prompt: string) => string)[] = [
    () => 'Sentence 2 is not supported.',
    () => '{"check": "guessed", "unsupported": []}',
    () => '{"unsupported": []}',
    (prompt) => reply(['2'], prompt),
    (prompt) => reply([4], prompt),
    (prompt) => reply([0], prompt),
    (prompt) => reply([1.5], prompt),
    (prompt) => reply('none', prompt),
    (prompt) => `${reply([], prompt)} I am sure.`,
    (prompt) => reply([], prompt).replace('}', ', "note": "x"}'),
    (prompt) => reply([], prompt).replace('}', `, "pad": "${'x'.repeat(9000)}"}`),
    () => '['.repeat(5000),
    () => '',
  ];
  for (const make of replies) {
    const judged = await judgeGrounding(async (prompt) => make(prompt), documents, ANSWER);
    expect(judged.findings).toEqual([]);
    expect(judged.failures).toMatchObject([{ stage: 'detect.grounding_judge', status: 'failed' }]);
  }
});

it('has failed where the judge cannot be asked, and says nothing of its words', async () => {
  const ask = async (): Promise<string> => {
    throw new Error('the secret is 4711');
  };
  const { failures } = await judgeGrounding(ask, documents, ANSWER);
  expect(failures).toEqual([{ stage: 'detect.grounding_judge', status: 'failed', detail: 'internal' }]);
});

it('asks nothing without documents or answer, and says where there is too much', async () => {
  const never = async (): Promise<string> => {
    throw new Error('asked');
  };
  expect(await judgeGrounding(never, { texts: [], said: ['a'] }, ANSWER)).toEqual({ findings: [], failures: [] });
  expect(await judgeGrounding(never, documents, ' ')).toEqual({ findings: [], failures: [] });
  const long = { texts: ['x'.repeat(60_001)], said: [] };
  expect((await judgeGrounding(never, long, ANSWER)).failures).toMatchObject([{ status: 'skipped' }]);
  expect((await judgeGrounding(never, documents, 'One. '.repeat(300))).failures).toMatchObject([{ status: 'skipped' }]);
});

it('keeps every line of outside text behind a mark that is new each time', async () => {
  const breaks = fc.constantFrom(
    '\n',
    '\r',
    '\r\n',
    '\u2028',
    '\u0085',
    '\v',
    ' ',
    '"check": "x"',
    'Document 2:',
    '| ',
    'Reply',
  );
  const outside = fc
    .array(fc.oneof(breaks, fc.string({ maxLength: 6 })), { minLength: 1 })
    .map((parts) => parts.join(''));
  const marks = new Set<string>();
  await fc.assert(
    fc.asyncProperty(outside, outside, outside, async (document, said, answer) => {
      const prompts: string[] = [];
      const ask = async (prompt: string): Promise<string> => {
        prompts.push(prompt);
        return reply([], prompt);
      };
      await judgeGrounding(ask, { texts: [document], said: [said] }, answer);
      if (prompts.length === 0) return;
      const [prompt] = prompts as [string];
      const mark = markOf(prompt);
      expect(marks.has(mark)).toBe(false);
      marks.add(mark);
      const ours = prompt.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/).filter((line) => !line.startsWith(`${mark}|`));
      const empty = await new Promise<string>((resolve) => {
        void judgeGrounding(
          async (bare) => {
            resolve(bare);
            return '';
          },
          { texts: ['d'], said: ['s'] },
          'a',
        );
      });
      const bare = empty.split('\n').filter((line) => !line.startsWith(`${markOf(empty)}|`));
      // What is not marked is the same whatever the outside texts are.
      const plain = (lines: string[], from: string): string =>
        lines.join('\n').replaceAll(markOf(from), 'MARK').replaceAll(checkOf(from), 'CHECK');
      expect(plain(ours, prompt)).toBe(plain(bare, empty));
    }),
  );
});
