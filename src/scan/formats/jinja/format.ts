// Jinja templates: chat templates of their own, and those that other files hold.
import { JinjaBroken, parseJinja } from '../../../reader/index.ts';
import type { Format } from '../../format.ts';
import { readHead } from '../../source.ts';
import { TemplateJudge } from './judge.ts';
import { Renderer } from './render.ts';
import { Scope } from './scope.ts';

/** Longer templates than any that a model has. */
const MOST = 2 << 20;
const EXTENSIONS = new Set(['.jinja', '.jinja2', '.j2']);
/** What pages of web applications have. */
const PAGE = /<!doctype html|<html|<body|<head>|\{%-?\s*extends\b|\{%-?\s*block\b/i;

export const jinjaFormat: Format = {
  id: 'jinja',
  match: ({ extension, text }) => (EXTENSIONS.has(extension) && !text.includes('\0') ? 'likely' : false),
  scan(source, look) {
    if (source.size > MOST) look.unseen(`only the first ${MOST >> 20} MB of the template were looked at`);
    const bytes = readHead(source, MOST);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    look.budget.step(text.length >> 2);
    const judge = new TemplateJudge(text, look, PAGE.test(text.slice(0, 20_000)));
    try {
      const statements = parseJinja(text);
      const scope = new Scope(look.budget);
      new Renderer(judge, scope).run(statements);
      if (scope.cut) look.unseen('the template has more loops, calls and values than are followed');
    } catch (thrown) {
      if (!(thrown instanceof JinjaBroken)) throw thrown;
      judge.plain(text);
      look.unseen(
        `the template cannot be parsed: ${thrown.message} (line ${text.slice(0, thrown.at).split('\n').length})`,
      );
    }
  },
};
