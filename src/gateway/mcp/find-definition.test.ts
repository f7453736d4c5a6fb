// Addresses of templates: what a template's author had in mind, and no way out of it.
import { expect, it } from 'vitest';
import { fitsTemplate } from './find-definition.ts';

it.each([
  ['note://{id}', 'note://7', true],
  ['note://{id}', 'note://a%20b.md', true],
  ['note://{id}/text', 'note://7/text', true],
  ['note://{id}', 'note://7/secret', false],
  ['note://{id}', 'note://7?all=1', false],
  ['note://{id}', 'other://7', false],
  ['note://{id}/text', 'note://7', false],
  ['file:///srv/{+path}', 'file:///srv/a/b.txt', true],
  ['file:///srv/{+path}', 'file:///srv/../etc/passwd', false],
  ['file:///srv/{+path}', 'file:///srv/a/%2e%2E/x', false],
  ['file:///srv/{+path}', 'file:///srv/a%2f..%2Fx', false],
  ['file:///srv/{+path}', 'file:///srv/%252e%252e/x', false],
  ['file:///srv/{+path}', 'file:///srv/a\\\\..\\\\x', false],
  ['file:///srv/{+path}', 'file:///srv/..', false],
  ['file:///srv/{+path}', 'file:///srv/a..b/...', true],
  ['db://{table}/{id}{?fields}', 'db://a/1?fields=x', true],
  ['db://{table}/{id}{?fields}', 'db://a/b/c/1', false],
  ['plain://x', 'plain://x', true],
  ['plain://x', 'plain://y', false],
] as const)('%s and %s', (template, uri, fits) => {
  expect(fitsTemplate(template, uri)).toBe(fits);
});

it('takes a time that grows with the address, whatever the template', () => {
  const started = performance.now();
  expect(fitsTemplate(`x://${'{+a}a'.repeat(20)}b`, `x://${'a'.repeat(2000)}`)).toBe(false);
  expect(performance.now() - started).toBeLessThan(500);
});
