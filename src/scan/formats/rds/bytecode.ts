// Compiled code of R: instructions, and the constants that they use, calls among them in a form of their own.
import type { RInput } from './input.ts';
import { type RNode, SEXP } from './node.ts';

/** Is given what was read. */
export type Take = (node: RNode | undefined) => void;
/** A piece of work that is still to be done. */
export type Task = () => void;

/** What this needs of the reader of everything else. */
export interface CodeTools {
  readonly input: RInput;
  then(...tasks: Task[]): void;
  item(take: Take): void;
  keep(items: (RNode | undefined)[], node: RNode | undefined): void;
  step(): void;
  call(call: RNode & { kind: 'call' }, offset: number): void;
}

const MOST_CONSTANTS = 1 << 20;
const ignore: Take = () => undefined;
const LANGUAGE = new Set<number>([
  SEXP.language,
  SEXP.pairlist,
  SEXP.codeDefinition,
  SEXP.codeReference,
  SEXP.attributedCall,
  SEXP.attributedList,
]);

/** Instructions, and then the constants that they use: calls among them, in a form of their own. */
export function readCode(tools: CodeTools, constants: (RNode | undefined)[]): void {
  const keep = (node: RNode | undefined): void => tools.keep(constants, node);
  tools.then(
    () => tools.item(ignore),
    () => {
      const count = tools.input.integer();
      if (count < 0 || count > MOST_CONSTANTS)
        throw tools.input.cursor.malformed('compiled code has no number of constants');
      let at = 0;
      const each = (): void => {
        if (at++ >= count) return;
        const type = tools.input.integer();
        tools.step();
        if (type === SEXP.bytecode) tools.then(() => readCode(tools, constants), each);
        else if (LANGUAGE.has(type)) tools.then(() => readLanguage(tools, type, keep), each);
        else tools.then(() => tools.item(keep), each);
      };
      each();
    },
  );
}

function readLanguage(tools: CodeTools, first: number, take: Take): void {
  const into: { kind: 'call' | 'list'; items: (RNode | undefined)[]; tags: (string | undefined)[] } = {
    kind: 'list',
    items: [],
    tags: [],
  };
  const { offset } = tools.input.cursor;
  const cell = (type: number, isFirst: boolean): void => {
    let actual = type;
    if (type === SEXP.codeDefinition) {
      tools.input.integer();
      actual = tools.input.integer();
    }
    if (actual === SEXP.codeReference) {
      tools.input.integer();
      return end(undefined, isFirst);
    }
    const isCell =
      actual === SEXP.language ||
      actual === SEXP.pairlist ||
      actual === SEXP.attributedCall ||
      actual === SEXP.attributedList;
    if (!isCell) return tools.then(() => tools.item((node) => end(node, isFirst)));
    if (isFirst && (actual === SEXP.language || actual === SEXP.attributedCall)) into.kind = 'call';
    const attributed = actual === SEXP.attributedCall || actual === SEXP.attributedList;
    tools.then(
      ...(attributed ? [() => tools.item(ignore)] : []),
      () => tools.item((tag) => into.tags.push(tag?.kind === 'symbol' ? tag.value : undefined)),
      () => {
        const type = tools.input.integer();
        const keep = (node: RNode | undefined): void => tools.keep(into.items, node);
        if (LANGUAGE.has(type)) readLanguage(tools, type, keep);
        else tools.item(keep);
      },
      () => {
        tools.step();
        cell(tools.input.integer(), false);
      },
    );
  };
  const end = (node: RNode | undefined, isFirst: boolean): void => {
    if (isFirst) return take(node);
    if (into.kind === 'call') tools.call(into as RNode & { kind: 'call' }, offset);
    take(into);
  };
  cell(first, true);
}
