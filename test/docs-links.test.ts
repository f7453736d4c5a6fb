// Every link of a page leads somewhere: files that are there, headings that are there.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT, pages } from './docs-pages.ts';

/** A page's text without its code, where brackets are not links. */
function prose(text: string): string {
  return text.replace(/^ *```[\s\S]*?^ *```$/gm, '').replace(/`[^`]*`/g, '``');
}

/** Targets of links, images and the sources of HTML elements. */
function targets(text: string): string[] {
  const inline = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)];
  const html = [...prose(text).matchAll(/\b(?:src|srcset|href)="([^"\s]+)"/g)];
  return [...inline, ...html].map((match) => match[1]!);
}

/** The anchors of a page's headings, as the usual renderers make them. */
function anchors(text: string): string[] {
  return [...text.replace(/^ *```[\s\S]*?^ *```$/gm, '').matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** What is wrong with the links of a page. */
function broken({ name, text }: { name: string; text: string }): string[] {
  return targets(text).flatMap((target) => {
    if (/^(https?|mailto):/.test(target)) return [];
    const [path, anchor] = target.split('#', 2) as [string, string?];
    if (path === '') return anchors(text).includes(anchor ?? '') ? [] : [`${name}: no heading is #${anchor}`];
    const file = join(ROOT, dirname(name), path);
    if (relative(ROOT, file).startsWith('..')) return [`${name}: ${target} leads out of the repository`];
    if (!existsSync(file)) return [`${name}: ${target} is not there`];
    if (anchor === undefined) return [];
    if (!statSync(file).isFile() || !file.endsWith('.md')) return [`${name}: ${target} is no page with headings`];
    return anchors(readFileSync(file, 'utf8')).includes(anchor) ? [] : [`${name}: no heading is #${anchor}`];
  });
}

it('leads every relative link to something', () => {
  const all = pages();
  expect(all.flatMap(broken)).toEqual([]);
  expect(all.flatMap(({ text }) => targets(text)).length).toBeGreaterThan(25);
});

it('would notice', () => {
  const text = '# A b\n[x](docs/none.md) [y](#a-b) [z](#a-c) [w](../../etc/passwd) `[v](no.md)` <img src="no.svg">';
  const more = '[a](docs/errors.md#the-codes) [b](docs/errors.md#no-codes)';
  expect(broken({ name: 'page.md', text: `${text}\n${more}` })).toEqual([
    'page.md: docs/none.md is not there',
    'page.md: no heading is #a-c',
    'page.md: ../../etc/passwd leads out of the repository',
    'page.md: no heading is #no-codes',
    'page.md: no.svg is not there',
  ]);
});

/** Whether a path of the repository is there; its last part may have a `*`. */
function isThere(path: string): boolean {
  const folder = join(ROOT, dirname(path));
  const name = basename(path)
    .split('*')
    .map((part) => part.replaceAll('.', '\\.'))
    .join('.*');
  return existsSync(folder) && readdirSync(folder).some((each) => new RegExp(`^${name}$`).test(each));
}

it('names no file of the repository that is not there', () => {
  const named = pages().flatMap(({ name, text }) =>
    [...text.matchAll(/`((?:src|test|tools|docs|examples|content)\/[\w./*-]+)`/g)].map(
      (match) => [name, match[1]!] as const,
    ),
  );
  const missing = named.filter(([, path]) => !isThere(path));
  expect(missing).toEqual([]);
  expect(named.length).toBeGreaterThan(20);
});

it('keeps the README short, and says how to start and to test', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  expect(readme.split('\n').length).toBeLessThan(150);
  expect(readme).toContain('npm ci && npm start');
  expect(readme).toContain('npm ci && npm test');
});
