// docs/guides/sdks.md against the program: every quick start runs as it stands on the page, with the real client against
// a real gateway; and a denial looks to each client as the page says.
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import { createOpenAI } from '@ai-sdk/openai';
import { ApiError, GoogleGenAI } from '@google/genai';
import { ChatOpenAI } from '@langchain/openai';
import { APICallError, generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT, codeBlocks } from './docs-pages.ts';
import { failureOf } from './harness/clients.ts';
import { type TestServer, startTestServer } from './harness/server.ts';

const run = promisify(execFile);
const folder = join(ROOT, 'examples/sdks');
const examples = readdirSync(folder).sort();
const page = readFileSync(join(ROOT, 'docs/guides/sdks.md'), 'utf8');

const SYSTEM = 'You are the booking assistant of the Meridian Hotel and you never offer rooms below the fourth floor.';
const STORY = 'The boats leave the harbour in the morning and the weather is calm. '.repeat(8);
/** The practice model says what stands after `SAY:`; the end of it repeats the system prompt. */
const BETRAY = `SAY: ${STORY}${SYSTEM}`;
const MODEL = 'practice-echo';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});

describe('each quick start', () => {
  it('is on the page as it is in its file', () => {
    const printed = codeBlocks(page, ['ts']).map(({ text }) => text);
    expect(printed.sort()).toEqual(examples.map((name) => readFileSync(join(folder, name), 'utf8')).sort());
    expect(examples).toEqual(['anthropic.ts', 'google-genai.ts', 'langchain.ts', 'openai.ts', 'vercel-ai.ts']);
  });

  it.each(examples)(
    '%s says hello, and sees that an attack was blocked',
    async (name) => {
      const env = { ...process.env, NODE_NO_WARNINGS: '1', ANCILE_URL: server.address, ANCILE_KEY: server.key };
      const { stdout, stderr } = await run(process.execPath, ['--import', 'tsx', join(folder, name)], {
        cwd: ROOT,
        env,
      });
      expect(stderr).toBe('');
      const [hello, attack, ...rest] = stdout.trimEnd().split('\n');
      expect(hello).toBe('This is the practice model. You said: Hello');
      expect(attack).toMatch(/^\(blocked\)/);
      expect(rest).toEqual([]);
    },
    60_000,
  );
});

/** What a client made of a stream that was denied on its way. */
interface Broken {
  readonly text: string;
  readonly failure: unknown;
}

async function follow<T>(stream: PromiseLike<AsyncIterable<T>>, textOf: (chunk: T) => string): Promise<Broken> {
  let text = '';
  try {
    for await (const chunk of await stream) text += textOf(chunk);
  } catch (failure) {
    return { text, failure };
  }
  return { text, failure: undefined };
}

describe('an answer that is denied on its way', () => {
  /** Some of the harmless beginning has arrived, nothing of what was denied. */
  const checkText = (text: string): void => {
    expect(text.length).toBeGreaterThan(100);
    expect(STORY.startsWith(text)).toBe(true);
  };
  const messages = [
    { role: 'system' as const, content: SYSTEM },
    { role: 'user' as const, content: BETRAY },
  ];

  it('is an APIError with Ancile’s code to the OpenAI SDK', async () => {
    const client = new OpenAI({ baseURL: `${server.address}/v1`, apiKey: server.key });
    const chat = await follow(
      client.chat.completions.create({ model: MODEL, messages, stream: true }),
      (chunk) => chunk.choices[0]?.delta.content ?? '',
    );
    const response = await follow(
      client.responses.create({ model: MODEL, instructions: SYSTEM, input: BETRAY, stream: true }),
      (event) => (event.type === 'response.output_text.delta' ? event.delta : ''),
    );
    for (const { text, failure } of [chat, response]) {
      checkText(text);
      expect(failure).toBeInstanceOf(OpenAI.APIError);
      expect((failure as { code: string }).code).toBe('blocked_by_policy');
    }
  });

  it('is an APIError with the code in its details to the Anthropic SDK', async () => {
    const client = new Anthropic({ baseURL: server.address, apiKey: server.key });
    const { text, failure } = await follow(
      client.messages.create({
        model: MODEL,
        max_tokens: 1000,
        system: SYSTEM,
        messages: [{ role: 'user', content: BETRAY }],
        stream: true,
      }),
      (event) => (event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : ''),
    );
    checkText(text);
    expect(failure).toBeInstanceOf(Anthropic.APIError);
    expect(failure).toMatchObject({ error: { error: { details: { error_code: 'blocked_by_policy' } } } });
  });

  it('is the OpenAI SDK’s error to LangChain.js', async () => {
    const chat = new ChatOpenAI({
      model: MODEL,
      apiKey: server.key,
      configuration: { baseURL: `${server.address}/v1` },
    });
    const { text, failure } = await follow(
      chat.stream([
        ['system', SYSTEM],
        ['user', BETRAY],
      ]),
      (chunk) => chunk.text,
    );
    checkText(text);
    expect(failure).toMatchObject({ code: 'blocked_by_policy' });
  });

  it('is a part of type `error` to the Vercel AI SDK, by Chat Completions and by Responses', async () => {
    const ancile = createOpenAI({ baseURL: `${server.address}/v1`, apiKey: server.key });
    for (const model of [ancile.chat(MODEL), ancile(MODEL)]) {
      let text = '';
      let failure: { code?: string; error?: { code?: string } } | undefined;
      const { fullStream } = streamText({ model, system: SYSTEM, prompt: BETRAY, onError: () => undefined });
      for await (const part of fullStream) {
        if (part.type === 'text-delta') text += part.text;
        if (part.type !== 'error') continue;
        failure = (APICallError.isInstance(part.error) ? part.error.data : part.error) as typeof failure;
      }
      checkText(text);
      expect(failure?.error?.code ?? failure?.code).toBe('blocked_by_policy');
    }
  });

  it('is an ApiError with status 403 to the Google Gen AI SDK', async () => {
    const client = new GoogleGenAI({ apiKey: server.key, httpOptions: { baseUrl: server.address } });
    const { text, failure } = await follow(
      client.models.generateContentStream({ model: MODEL, contents: BETRAY, config: { systemInstruction: SYSTEM } }),
      (chunk) => chunk.text ?? '',
    );
    checkText(text);
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({ status: 403, message: expect.stringContaining('"BLOCKED_BY_POLICY"') });
  });
});

describe('what will not succeed by being sent again', () => {
  it('is sent once by every client, though they retry by themselves', async () => {
    const { key, id } = await server.createKey({ budgets: [{ period: 'day', requests: 1 }] });
    const baseURL = `${server.address}/v1`;
    const openai = new OpenAI({ baseURL, apiKey: key });
    await openai.chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'Hello' }] });
    const ask = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };
    const anthropic = new Anthropic({ baseURL: server.address, apiKey: key });
    const google = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: server.address } });
    const failures = [
      await failureOf(openai.chat.completions.create(ask)),
      await failureOf(anthropic.messages.create({ ...ask, max_tokens: 10 })),
      await failureOf(new ChatOpenAI({ model: MODEL, apiKey: key, configuration: { baseURL } }).invoke('Hello')),
      await failureOf(google.models.generateContent({ model: MODEL, contents: 'Hello' })),
      await failureOf(
        generateText({ model: createOpenAI({ baseURL, apiKey: key }).chat(MODEL), prompt: 'Hello', maxRetries: 0 }),
      ),
    ];
    expect(failures.map((failure) => failure['status'] ?? failure['statusCode'])).toEqual(Array(5).fill(429));
    // What is counted is written when the server stops.
    await server.close();
    const refused = await (await startTestServer({}, { dir: server.dir })).records({ kind: 'access.refused' });
    const ofKey = refused.filter((record) => record.kind === 'access.refused' && record.principal === id);
    expect(ofKey).toMatchObject([{ reason: 'budget_exceeded', count: 5 }]);
  });
});

it('names each client and its way to see a denial', () => {
  for (const name of ['OpenAI SDK', 'Anthropic SDK', 'LangChain.js', 'Vercel AI SDK', 'Google Gen AI SDK']) {
    expect(page).toContain(`## ${name}`);
  }
});
