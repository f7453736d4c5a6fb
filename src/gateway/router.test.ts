import { expect, it } from 'vitest';
import { ADDRESSES, dialectOf, findEndpoint } from './router.ts';

it('knows every address that it names, each in its dialect', () => {
  const named = ADDRESSES.filter((address) => !/\{|healthz|readyz/.test(address));
  expect(named.length).toBeGreaterThan(14);
  for (const address of named) {
    const [method, path] = address.split(' ') as [string, string];
    const endpoint = findEndpoint(method, path, {})!;
    expect(endpoint.surface.dialect).toBe(dialectOf(path).dialect);
    expect(findEndpoint('PUT', path, {})).toBeUndefined();
    expect(findEndpoint(method, `${path}?a=b`, {})).toBe(endpoint);
  }
});

it('lists models in the shape of whoever asks', () => {
  expect(findEndpoint('GET', '/v1/models', {})?.surface.dialect).toBe('openai');
  expect(findEndpoint('GET', '/v1/models', { 'anthropic-version': '2023-06-01' })?.surface.dialect).toBe('anthropic');
  expect(findEndpoint('GET', '/v1beta/models', {})?.surface.dialect).toBe('gemini');
});

it.each([
  ['/v1beta/models/gemini-2:generateContent', 'gemini-2', 'generateContent', 'gemini.generate'],
  ['/v1/models/a:b:streamGenerateContent?alt=sse', 'a:b', 'streamGenerateContent', 'gemini.generate'],
  ['/v1beta/models/meta%2Fllama:countTokens', 'meta/llama', 'countTokens', 'gemini.count_tokens'],
  ['/v1beta/models/x:batchEmbedContents', 'x', 'batchEmbedContents', 'gemini.embed'],
])('reads model and method of %s', (url, model, method, id) => {
  const endpoint = findEndpoint('POST', url, {});
  expect(endpoint?.surface.id).toBe(id);
  expect(endpoint?.address).toMatchObject({ model, method });
  expect(endpoint?.address?.alt).toBe(url.includes('alt') ? 'sse' : undefined);
});

it.each([
  '/v1beta/models/x:constructor',
  '/v1beta/models/x:toString',
  '/v1beta/models/x:predict',
  '/v1beta/models/a/b:generateContent',
  '/v1beta/models/%E0%A4%A:generateContent',
  `/v1beta/models/${'x'.repeat(301)}:generateContent`,
  '/v1beta/models/:generateContent',
  '/v1/chat/completions/',
  '/V1/chat/completions',
  '/constructor',
])('knows nothing of %s', (url) => expect(findEndpoint('POST', url, {})).toBeUndefined());
