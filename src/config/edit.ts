// Changes fields of a configuration file and leaves every other character of it, comments too, as it is.
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Document, type YAMLMap, isMap, isNode, isScalar, parseDocument } from 'yaml';
import { AncileError, systemCode } from '../base/index.ts';
import { parseConfig } from './load.ts';

/** A field by its path, and what it is to be. */
export interface FieldChange {
  readonly path: readonly string[];
  readonly value: number | boolean;
}

/** A part of the text, and what comes in its place. */
type Splice = readonly [start: number, end: number, instead: string];

const STEP = '  ';

/** A field that is not there, as lines under a map that is. */
function renderBlock(path: readonly string[], value: FieldChange['value'], indent: string): string {
  const lines = path.map((key, depth) => `${indent}${STEP.repeat(depth)}${key}:`);
  return `${lines.join('\n')} ${value}\n`;
}

function addToFlow(text: string, map: YAMLMap, path: readonly string[], value: FieldChange['value']): Splice {
  const close = map.range![1] - 1;
  const start = text.slice(0, close).trimEnd().length;
  const field = path.reduceRight(
    (inner, key, i) => `${key}: ${i === path.length - 1 ? inner : `{ ${inner} }`}`,
    `${value}`,
  );
  return [start, close, `${map.items.length === 0 ? '' : ','} ${field} `];
}

function addToBlock(text: string, map: YAMLMap, path: readonly string[], value: FieldChange['value']): Splice {
  const start = map.range![0];
  const indent = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  const last = map.items.at(-1)!;
  const node = isNode(last.value) ? last.value : last.key;
  const end = isNode(node) ? node.range![1] : map.range![1];
  // Behind the remark that stands on the same line.
  const at = text[end - 1] === '\n' ? end : text.indexOf('\n', end) + 1;
  const field = renderBlock(path, value, indent);
  return at === 0 ? [text.length, text.length, `\n${field}`] : [at, at, field];
}

function spliceFor(text: string, document: Document, { path, value }: FieldChange): Splice | undefined {
  const old = document.getIn(path, true);
  if (isScalar(old)) return [old.range![0], old.range![1], `${value}`];
  if (document.contents === null) {
    const gap = text === '' || text.endsWith('\n') ? '' : '\n';
    return [text.length, text.length, gap + renderBlock(path, value, '')];
  }
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const above = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
    if (above === undefined) continue;
    // An alias: changed in its place, it would change elsewhere.
    if (!isMap(above)) return undefined;
    const add = above.flow === true ? addToFlow : addToBlock;
    return add(text, above, path.slice(depth), value);
  }
  return undefined;
}

/** What a configuration says, and what it is to say. */
function expected(text: string, { path, value }: FieldChange): unknown {
  const document = parseDocument(text);
  document.setIn(path, value);
  return document.toJS();
}

/**
 * The text of a configuration file with fields changed.
 * @throws AncileError `config_invalid` where it was wrong before, is wrong so, or is written in a way that cannot be changed
 */
export function editConfig(text: string, name: string, changes: readonly FieldChange[]): string {
  parseConfig(text, name);
  let changed = text;
  for (const change of changes) {
    const splice = spliceFor(changed, parseDocument(changed), change);
    const before = changed;
    if (splice !== undefined) changed = before.slice(0, splice[0]) + splice[2] + before.slice(splice[1]);
    const after = parseDocument(changed);
    if (splice === undefined || after.errors.length > 0 || !isDeepStrictEqual(after.toJS(), expected(before, change))) {
      const field = change.path.join('.');
      throw new AncileError('config_invalid', `${name}: ${field} cannot be changed in the way the file is written`, {
        at: field,
        hint: 'Put the field in yourself; an alias or an unusual layout is in the way.',
      });
    }
  }
  parseConfig(changed, name);
  return changed;
}

/** Writes a file and has it on disk. @param flags - as of `open`: `wx` where there must be none yet */
export function writeSynced(path: string, text: string, flags: 'w' | 'wx', mode: number): void {
  const fd = openSync(path, flags, mode);
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Writes the file whole beside its place and puts it there: a crash leaves the old one or the new one. */
function replaceFile(file: string, text: string): void {
  // The file that a link leads to: the link stays.
  const path = realpathSync(file);
  const fresh = join(dirname(path), `.ancile-edit-${process.pid}.yaml`);
  try {
    writeSynced(fresh, text, 'wx', statSync(path).mode & 0o777);
    renameSync(fresh, path);
  } catch (thrown) {
    rmSync(fresh, { force: true });
    throw thrown;
  }
}

/** Changes a configuration file in its place: whole or not at all. Throws as `editConfig`. */
export function editConfigFile(file: string, changes: readonly FieldChange[]): void {
  const text = editConfig(readFileSync(file, 'utf8'), file, changes);
  try {
    replaceFile(file, text);
  } catch (thrown) {
    throw new AncileError('config_invalid', `${file} cannot be written (${systemCode(thrown) ?? 'unknown error'})`, {
      at: file,
      hint: 'Leave out --write and put the fields in yourself.',
      cause: thrown,
    });
  }
}
