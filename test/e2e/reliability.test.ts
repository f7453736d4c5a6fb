// Reliability of output: an answer that policy is not content with is asked for once more, and never a third time; a
// judge can be asked what its documents do not bear out.
import { beforeAll, describe, expect, it } from 'vitest';
import { ask, openaiClient, post } from '../harness/clients.ts';
import { policiesWith } from '../harness/policies.ts';
import { type TestServer, behind, startTestServer } from '../harness/server.ts';
import { type TestUpstream, sendJson, startUpstream } from '../harness/upstream.ts';
import { chat } from '../harness/wire.ts';

const REASK = `
@id("test.schema")
@action("block")
@reask("once")
@reason("the answer is not of the form")
forbid (principal, action == Action::"finding", resource)
when { context.direction == "output" && context.class == "schema" };

@id("test.judged")
@action("block")
@reason("the judge says it is not borne out")
forbid (principal, action == Action::"finding", resource)
when { context.direction == "output" && context.rule == "ungrounded.judged" };
`;
const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const FORM = { response_format: { type: 'json_schema', json_schema: { name: 'place', schema } } };
const GOOD = '{"city":"Rome"}';
const BAD = 'It is Rome.';

let upstream: TestUpstream;
let answers: string[] = [];
let server: TestServer;

beforeAll(async () => {
  upstream = await startUpstream((response) => sendJson(response, chat.whole(answers.shift() ?? GOOD)));
  server = await startTestServer({ ...behind(upstream.url), policy: { set: policiesWith(REASK) } });
});

describe('one bounded re-ask', () => {
  it('takes the second answer, charges both, and says so in the record', async () => {
    answers = [BAD, GOOD];
    const before = upstream.received.length;
    const { data, response } = await openaiClient(server)
      .chat.completions.create(ask('Which city?', FORM) as never)
      .withResponse();
    expect(data.choices[0]?.message.content).toBe(GOOD);
    const [first, second] = upstream.received
      .slice(before)
      .map(({ body }) => body['messages'] as { content: string }[]);
    expect(first).toHaveLength(1);
    expect(second).toHaveLength(3);
    expect(second![1]!.content).toBe(BAD);
    expect(second![2]!.content).toMatch(/JSON schema/);
    const { closed } = await server.exchange(response.headers.get('x-ancile-exchange')!);
    expect(closed.attempts?.map(({ why }) => why)).toEqual(['first', 'reask']);
    // The city is noted in both, and told to whoever is asked again: nothing was done about it.
    expect(closed.attempts?.[0]?.findings?.map((finding) => finding.rule).sort()).toEqual([
      'pii.place',
      'schema.not_json',
    ]);
    expect(closed.findings?.map((finding) => finding.rule)).toEqual(['pii.place']);
    expect(closed.usage).toMatchObject({ inputTokens: 6, outputTokens: 10 });
  });

  it('does what the policy says of a second bad answer', async () => {
    answers = [BAD, BAD, GOOD];
    const before = upstream.received.length;
    const response = await post(server, '/v1/chat/completions', ask('Which city?', FORM));
    expect(response.status).toBe(403);
    expect(upstream.received).toHaveLength(before + 2);
    answers = [];
  });
});

describe('a judge of grounding', () => {
  it('is given the documents as data, and its word is ruled on', async () => {
    const judge = await startUpstream((response, { body }) => {
      const prompt = (body['messages'] as { content: string }[])[0]!.content;
      const check = /"check": "([^"]+)"/.exec(prompt)![1];
      const unsupported = prompt.includes('Paris') ? [1] : [];
      sendJson(response, chat.whole(JSON.stringify({ check, unsupported })));
    });
    const main = await startUpstream((response, { text }) =>
      sendJson(response, chat.whole(text.includes('bad') ? 'The office is in Paris.' : 'The office is in Rome.')),
    );
    const judged = await startTestServer({
      upstreams: { main: { kind: 'openai', baseUrl: main.url }, judge: { kind: 'openai', baseUrl: judge.url } },
      models: { '*': { upstream: 'main' }, judge: { upstream: 'judge' } },
      judge: { model: 'judge' },
      policy: { set: policiesWith(REASK) },
    });
    const question = (content: string) => ({
      model: 'm',
      messages: [
        { role: 'user', content },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'read', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'c', content: 'Our office is in Rome, near the river, and opens at nine.' },
      ],
    });
    expect((await post(judged, '/v1/chat/completions', question('Where is it?'))).status).toBe(200);
    const bad = await post(judged, '/v1/chat/completions', question('Where is it, bad model?'));
    expect(bad.status).toBe(403);
    const { closed } = await judged.exchange(bad.headers.get('x-ancile-exchange')!);
    expect(closed.findings.map((finding) => finding.rule)).toContain('ungrounded.judged');
  });
});
