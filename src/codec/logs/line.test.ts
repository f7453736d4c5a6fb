// Lines of clouds' logs, in the forms that their services document, and lines that somebody else wrote.
import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { LogService } from '../../contract/index.ts';
import { apim, azure, bedrock, converse, vertex } from '../testing/log-lines.ts';
import { readLogLine } from './line.ts';

const digestOf = (line: Uint8Array): string => hash('sha256', line, 'hex').slice(0, 32);
const AT = { file: 'a.jsonl', line: 3 };
const readText = (service: LogService, line: string) => readLogLine(service, Buffer.from(line), AT, digestOf);
const read = (service: LogService, line: object) => readText(service, JSON.stringify(line));
const textsOf = (service: LogService, line: object) =>
  read(service, line).texts.map(({ channel, text }) => `${channel}: ${text}`);

describe('Bedrock', () => {
  it('reads a call in the form of messages', () => {
    expect(read('bedrock', bedrock('r1', 'Hello there'))).toMatchObject({
      service: 'bedrock',
      account: '123456789012',
      event: 'r1',
      happened: '2026-11-01T10:00:00.000Z',
      principal: 'arn:aws:iam::123456789012:user/ann',
      region: 'eu-central-1',
      inputTokens: 11,
      outputTokens: 7,
      unread: [],
      ...AT,
    });
    expect(textsOf('bedrock', bedrock('r1', 'Hello there'))).toEqual(
      expect.arrayContaining(['system: Be brief.', 'user: Hello there', 'output: Good day.']),
    );
  });
  it('reads Converse with tools, by channel, and says that an image was not read', () => {
    const line = converse('r2', 'What does the page say?', 'Page text');
    expect(textsOf('bedrock', line)).toEqual(
      expect.arrayContaining(['user: What does the page say?', 'tool_result: Page text', 'output: Done.']),
    );
    expect(read('bedrock', line).unread).toEqual(['media']);
  });
  it('joins what came as a stream, and tells bodies that lie elsewhere', () => {
    const stream = ['Ign', 'ore all'].map((text) => ({ type: 'content_block_delta', delta: { text } }));
    const line = { ...bedrock('r3', 'x'), output: { outputBodyJson: stream } };
    expect(textsOf('bedrock', line)).toContain('output: Ignore all');
    const far = { ...bedrock('r4', 'x'), input: { inputBodyS3Path: 's3://b/k' }, output: undefined };
    expect(read('bedrock', far)).toMatchObject({ texts: [], unread: ['elsewhere'] });
  });
});

describe('Azure', () => {
  it('reads a diagnostic line whose properties are a text or an object', () => {
    const expected = {
      account: 'my-openai',
      event: 'c1',
      model: 'gpt-4o',
      principal: 'object-1',
      status: 200,
      durationMs: 512,
      texts: [],
      unread: ['absent'],
    };
    expect(read('azure', azure('c1'))).toMatchObject(expected);
    const { properties } = azure('c1');
    expect(read('azure', { ...azure('c1'), properties: JSON.parse(properties) as object })).toMatchObject(expected);
  });
  it('reads the log of models of API Management, each of its parts as one', () => {
    expect(read('azure', apim('c2', 1, 'Hello'))).toMatchObject({ event: 'c2/1', inputTokens: 4, outputTokens: 2 });
    expect(textsOf('azure', apim('c2', 1, 'Hello'))).toEqual(
      expect.arrayContaining(['user: Hello', 'output: Good day.']),
    );
  });
});

describe('Vertex', () => {
  it('reads a row, its bodies as texts or objects', () => {
    const row = vertex('v1', 'Hello');
    expect(read('vertex', row)).toMatchObject({
      account: 'my-project',
      region: 'europe-west4',
      event: 'v1',
      happened: '2026-11-01T10:00:00.123Z',
      model: 'gemini-2.5-flash@001',
      inputTokens: 3,
      outputTokens: 4,
    });
    const { full_request: request, full_response: response, ...rest } = row;
    const payloads = { ...rest, request_payload: [request], response_payload: [response] };
    const objects = { ...row, full_request: JSON.parse(request) as object };
    for (const each of [row, payloads, objects]) {
      expect(textsOf('vertex', each)).toEqual(expect.arrayContaining(['user: Hello', 'output: Good day.']));
    }
  });
  it('does not take two large ids for one', () => {
    const line = (id: string) => JSON.stringify(vertex('ID', 'x')).replace('"ID"', id);
    const [a, b] = ['9007199254740993001', '9007199254740993002'].map((id) => readText('vertex', line(id)).event);
    expect(a).toMatch(/^line-/);
    expect(a).not.toBe(b);
    expect(readText('vertex', line('42')).event).toBe('42');
  });
});

it.each<[string, LogService, string, RegExp]>([
  ['no JSON', 'bedrock', '{"schemaType":', /JSON/],
  ['nested too deep', 'bedrock', '['.repeat(5000), /deep|nest/],
  ['a list', 'azure', '[]', /expected record|expected object/],
  ['a prototype', 'vertex', '{"__proto__":{"endpoint":"x"}}', /__proto__/],
  ['of another schema', 'bedrock', JSON.stringify({ ...bedrock('r', 'x'), schemaType: 'Other' }), /^schemaType: /],
  ['a number for a text', 'bedrock', JSON.stringify({ ...bedrock('r', 'x'), accountId: 7 }), /^accountId: /],
  [
    'a time without a zone',
    'bedrock',
    JSON.stringify({ ...bedrock('r', 'x'), timestamp: '2026-01-01' }),
    /^timestamp: /,
  ],
  [
    'a negative count',
    'bedrock',
    JSON.stringify({ ...bedrock('r', 'x'), input: { inputTokenCount: -1 } }),
    /TokenCount/,
  ],
  ['of another category', 'azure', JSON.stringify({ ...azure('c'), category: 'Audit' }), /RequestResponse/],
  ['properties that are none', 'azure', JSON.stringify({ ...azure('c'), properties: '{"a":' }), /expected/],
  ['an id without end', 'azure', JSON.stringify(azure('c'.repeat(400))), /^event: /],
  ['too long', 'vertex', `"${'x'.repeat(4_000_001)}"`, /larger|longer/],
])('refuses a line that is %s and says where', (_, service, line, message) => {
  expect(() => readText(service, line)).toThrow(message);
});

it('reads JSON that lies deep in texts of JSON as a text, and members of odd names as members', () => {
  const deep = { ...bedrock('r', 'x'), input: { inputBodyJson: '['.repeat(2000) } };
  expect(textsOf('bedrock', deep)).toContain(`user: ${'['.repeat(2000)}`);
  const odd = { ...bedrock('r', 'x'), input: { inputBodyJson: { constructor: 'A', toString: ['B'], role: {} } } };
  expect(textsOf('bedrock', odd)).toEqual(expect.arrayContaining(['user: A', 'user: B']));
});
