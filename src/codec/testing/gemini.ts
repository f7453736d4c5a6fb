// Bodies and streams in Gemini's form that use as many of their places as there are, for the tests of reading them.
import type { SseEvent } from '../sse.ts';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ';

export const GEMINI_REQUEST = {
  model: 'models/gemini-x',
  systemInstruction: { parts: [{ text: 'You are terse.' }] },
  contents: [
    {
      role: 'user',
      parts: [
        { text: 'What is this?' },
        { inlineData: { mimeType: 'image/png', data: PIXEL } },
        { inline_data: { mime_type: 'audio/wav', data: 'UklGRiQAAABXQVZFZm10IA==' } },
        {
          fileData: { mimeType: 'video/mp4', fileUri: 'https://video.example/1' },
          videoMetadata: { startOffset: '1s' },
        },
      ],
    },
    {
      role: 'model',
      parts: [
        { text: 'hm', thought: true, thoughtSignature: 'c2lnbmF0dXJlLXNpZ25hdHVyZQ==' },
        { functionCall: { id: 'call_1', name: 'send_email', args: { to: 'a', list: ['x'] } } },
        { executableCode: { language: 'PYTHON', code: 'print(1)' } },
        { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } },
      ],
    },
    { role: 'function', parts: [{ functionResponse: { name: 'send_email', response: { result: 'sent' } } }] },
    { parts: { text: 'plain' } },
  ],
  tools: [
    {
      functionDeclarations: [
        {
          name: 'send_email',
          description: 'Sends',
          parameters: { type: 'OBJECT', properties: { to: { type: 'STRING', description: 'whom' } } },
        },
      ],
    },
  ],
  toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['send_email'] } },
  generationConfig: {
    maxOutputTokens: 100,
    candidateCount: 2,
    stopSequences: ['END'],
    responseMimeType: 'application/json',
    responseSchema: { type: 'OBJECT', title: 'T', properties: { a: { type: 'INTEGER', nullable: true } } },
    thinkingConfig: { includeThoughts: true, thinkingLevel: 'LOW' },
  },
  safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
  labels: { team: 'blue' },
};

const rating = { category: 'HARM_CATEGORY_HARASSMENT', probability: 'NEGLIGIBLE' };
const token = (text: string): object => ({ token: text, tokenId: 7, logProbability: -0.5 });

export const GEMINI_ANSWER = {
  candidates: [
    {
      index: 0,
      content: {
        role: 'model',
        parts: [
          { text: 'Let me see.', thought: true },
          { text: 'Bonjour' },
          { text: ', monde', thoughtSignature: 'c2lnbmF0dXJlLXNpZ25hdHVyZQ==' },
          { executableCode: { language: 'PYTHON', code: 'print(1)' } },
          { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } },
          { inlineData: { mimeType: 'image/png', data: PIXEL } },
          { functionCall: { name: 'send_email', args: { to: 'a' } } },
        ],
      },
      finishReason: 'STOP',
      finishMessage: 'done',
      safetyRatings: [rating],
      citationMetadata: { citations: [{ startIndex: 0, endIndex: 7, uri: 'https://c.example', license: 'MIT' }] },
      groundingMetadata: {
        webSearchQueries: ['hello in French'],
        searchEntryPoint: { renderedContent: '<div>hello</div>' },
        groundingChunks: [{ web: { uri: 'https://w.example', title: 'W' } }],
        groundingSupports: [{ segment: { startIndex: 0, endIndex: 7, text: 'Bonjour' }, groundingChunkIndices: [0] }],
      },
      urlContextMetadata: {
        urlMetadata: [{ retrievedUrl: 'https://u.example', urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_SUCCESS' }],
      },
      logprobsResult: {
        chosenCandidates: [token('Bon'), token('jour'), token(', monde')],
        topCandidates: [{ candidates: [token('Bon'), token('Sal')] }],
      },
      avgLogprobs: -0.5,
    },
    { index: 1, content: { role: 'model', parts: [{ text: 'The other' }] }, finishReason: 'MAX_TOKENS' },
  ],
  promptFeedback: { safetyRatings: [rating] },
  usageMetadata: {
    promptTokenCount: 10,
    candidatesTokenCount: 4,
    thoughtsTokenCount: 3,
    totalTokenCount: 17,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: 10 }],
  },
  modelVersion: 'gemini-x',
  responseId: 'r-1',
};

const chunk = (candidates: object[], rest: object = {}): SseEvent => ({
  data: JSON.stringify({ candidates, modelVersion: 'gemini-x', responseId: 'r-1', ...rest }),
});
const says = (parts: object[], rest: object = {}): object => ({ content: { role: 'model', parts }, ...rest });

export const GEMINI_CHUNKS: readonly SseEvent[] = [
  chunk([says([{ text: 'Let me ', thought: true }])], { usageMetadata: { promptTokenCount: 10, totalTokenCount: 10 } }),
  chunk([says([{ text: 'see.', thought: true }])]),
  chunk([says([{ text: 'Bon' }], { safetyRatings: [rating] })]),
  chunk([says([{ text: 'The other' }], { index: 1 })]),
  chunk([
    says([{ text: 'jour' }, { text: ', tout' }], {
      index: 0,
      logprobsResult: { chosenCandidates: [token('jour'), token(', tout')] },
    }),
    says([{ text: ' answer' }], { index: 1 }),
  ]),
  chunk([says([{ text: ' le monde' }])]),
  chunk([says([{ executableCode: { language: 'PYTHON', code: 'print(1)' } }])]),
  chunk([says([{ codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } }])]),
  chunk([says([{ text: 'So it is one.' }, { noveltyText: 'something ' }])]),
  chunk([says([{ noveltyText: 'new' }], { novelField: 'sideways' })]),
  chunk([
    says([
      { functionCall: { name: 'get_weather', args: { city: 'Paris' } }, thoughtSignature: 'c2lnbmF0dXJlLXNpZw==' },
    ]),
  ]),
  chunk([
    {
      index: 0,
      groundingMetadata: {
        webSearchQueries: ['hello in French'],
        groundingSupports: [{ segment: { startIndex: 0, endIndex: 7, text: 'Bonjour' }, groundingChunkIndices: [0] }],
      },
      citationMetadata: { citations: [{ uri: 'https://c.example', title: 'C' }] },
    },
  ]),
  chunk([says([{ text: '.' }], { index: 1, finishReason: 'STOP' })]),
  chunk([says([{ text: '' }], { finishReason: 'STOP' })], {
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 9, thoughtsTokenCount: 4, totalTokenCount: 23 },
  }),
];
