// Templates of Jinja within configurations: each is looked at as a file of its own.
import { isJsonObject, type JsonObject, type JsonTree } from '../../../reader/index.ts';
import type { Look } from '../../format.ts';
import { MemorySource } from '../../source.ts';
import { entries, items, text } from './access.ts';

/** Members that hold a template, a list of named ones, or an object of them. */
const HOLDERS = /^(?:default_)?(?:tool_|rag_)?(?:chat|prompt|conversation|system)_?templates?$|^jinja_template$/i;

function lookAt(name: string, template: string, look: Look): void {
  if (template !== '')
    look.member(`${name.replace(/[^\w.-]/g, '_').slice(0, 60)}.jinja`, new MemorySource(Buffer.from(template)));
}

/** Templates of one object of a configuration. */
export function lookAtTemplate(value: JsonObject, look: Look): void {
  for (const [name, inner] of value.entries) {
    if (HOLDERS.test(name)) {
      lookAtHolder(name, inner, look);
    } else if (
      name === 'template' &&
      typeof inner === 'string' &&
      /^jinja2?$/.test(text(value, 'template_format') ?? '')
    ) {
      lookAt('template', inner, look);
    }
  }
}

function lookAtHolder(name: string, inner: JsonTree, look: Look): void {
  if (typeof inner === 'string') {
    // Some name a file or a kind here.
    if (/[{<\n]/.test(inner)) lookAt(name, inner, look);
    return;
  }
  for (const each of items(inner)) {
    if (typeof each === 'string' && /\{/.test(each)) lookAt(name, each, look);
    else if (isJsonObject(each)) lookAt(text(each, 'name') ?? name, text(each, 'template') ?? '', look);
  }
  for (const [key, each] of entries(inner)) if (typeof each === 'string' && /\{/.test(each)) lookAt(key, each, look);
}
