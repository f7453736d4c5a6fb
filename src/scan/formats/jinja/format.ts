// Jinja templates: chat templates of their own, and those that other files hold.
import { JinjaBroken, parseJinja } from '../../../reader/index.ts';
import type { Format } from '../../format.ts';
import { readText } from '../../workspace/text.ts';
import { TemplateJudge } from './judge.ts';
import { Renderer } from './render.ts';
import { Scope } from './scope.ts';

/** Longer templates than any that a model has. */
const MOST = 2 << 20;
const EXTENSIONS = new Set(['.jinja', '.jinja2', '.j2']);
/** Servers of models take a template from any file: under these names only where it looks like one that reaches out. */
const OTHERS = new Set(['', '.txt', '.template', '.tmpl', '.tpl']);
const MARKS = /\{\{|\{%/;
const REACHES = /__\w{1,40}__|\|\s{0,4}attr\b|\b(?:cycler|lipsum|joiner)\b/;
/** What pages of web applications have. */
const PAGE = /<!doctype html|<html|<body|<head>|\{%-?\s*extends\b|\{%-?\s*block\b/i;

export const jinjaFormat: Format = {
  id: 'jinja',
  match: ({ extension, text }) => {
    if (text.includes('\0')) return false;
    const isNamed = EXTENSIONS.has(extension) || (OTHERS.has(extension) && MARKS.test(text) && REACHES.test(text));
    return isNamed ? 'likely' : false;
  },
  scan(source, look) {
    const text = readText(source, look, MOST);
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
