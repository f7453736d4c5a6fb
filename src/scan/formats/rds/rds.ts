// R's files of objects, .rds and .rda: what would run by itself once the object is read (CVE-2024-27322), and what acts in it.
import type { Format, Look, Probe } from '../../format.ts';
import { functionOf, type RFunction } from './functions.ts';
import { RInput, type Writing } from './input.ts';
import { type RNode, showCall } from './node.ts';
import { RReader } from './reader.ts';

/** `RDX3\n` in front of a workspace; then how numbers are written, and the version. */
const OPENING = /^(RD[XAB][23]\n)?(?:(X)\n\0\0\0[\x02\x03]|(B)\n[\x02\x03]\0\0\0|(A)\n[23]\r?\n\d)/;
const MOST_ENCODING = 64;
/** Functions of a workspace that R calls by itself when it starts or ends. */
const HOOKS = new Set(['.First', '.Last', '.First.sys', '.Last.sys', '.First.lib', '.onLoad', '.onAttach']);
/** Compact forms that R itself writes. */
const ALTREP = new Set(
  'compact_intseq compact_realseq deferred_string wrap_integer wrap_real wrap_logical wrap_complex wrap_raw wrap_string wrap_list'.split(
    ' ',
  ),
);
const MOST_WALK = 20_000;

/** The first call within language that does something: a strong one where there is one. */
function acting(root: RNode | undefined): { call: RNode; does: RFunction } | undefined {
  let other: { call: RNode; does: RFunction } | undefined;
  const stack = [root];
  for (let left = MOST_WALK; stack.length > 0 && left > 0; left--) {
    const node = stack.pop();
    if (node === undefined) continue;
    if (node.kind === 'closure') stack.push(node.body);
    if (node.kind === 'code') stack.push(...node.constants.slice(0, 1000));
    if (node.kind !== 'call' && node.kind !== 'list') continue;
    const does = node.kind === 'call' ? functionOf(node as RNode & { kind: 'call' }) : undefined;
    if (does?.isStrong === true) return { call: node, does };
    if (does !== undefined) other ??= { call: node, does };
    stack.push(...node.items.slice(0, 1000));
  }
  return other;
}

function reportPromise(
  { code, forced }: RNode & { kind: 'promise' },
  inFrame: boolean,
  offset: number,
  look: Look,
  told: Set<string>,
): void {
  const found = acting(code);
  if (forced && found?.does.isStrong !== true) return;
  if (found === undefined || (inFrame && !found.does.isStrong)) {
    // Arguments that a function has not looked at yet are kept with its environment in this way.
    const severity = inFrame || forced ? 'low' : code?.kind === 'call' || code?.kind === 'code' ? 'high' : 'medium';
    if (severity === 'low' && told.has('promise')) return;
    if (severity === 'low') told.add('promise');
    look.report('rds.promise', {
      message: `holds a promise, ${showCall(code)}, which R evaluates when the value is looked at`,
      severity,
      ...(severity === 'low' ? {} : { capability: 'execute' as const }),
      offset,
    });
    return;
  }
  look.report('rds.promise', {
    message: `calls ${showCall(found.call)} as soon as the object is looked at: it is a promise`,
    severity: forced ? 'medium' : 'critical',
    capability: found.does.capability,
    offset,
  });
}

export const rds: Format = {
  id: 'rds',
  match: ({ text }: Probe) => (OPENING.test(text) ? 'sure' : false),
  scan(source, look) {
    const [, workspace, xdr, little] = OPENING.exec(Buffer.from(source.read(0, 64)).toString('latin1')) ?? [];
    const writing: Writing = xdr !== undefined ? 'xdr' : little !== undefined ? 'little' : 'text';
    const input = new RInput(source, (workspace?.length ?? 0) + 2, writing);
    const version = input.integer();
    input.integer();
    input.integer();
    if (version === 3) {
      const length = input.integer();
      if (length < 0 || length > MOST_ENCODING) throw input.cursor.malformed('the name of its encoding is too long');
      input.text(length, MOST_ENCODING);
    }
    const told = new Set<string>();
    const reader = new RReader(
      input,
      {
        promise: (promise, inFrame, offset) => reportPromise(promise, inFrame, offset, look, told),
        call(call, offset) {
          const does = functionOf(call);
          if (does?.isStrong !== true || (does.capability !== 'execute' && does.capability !== 'native')) return;
          const shown = showCall(call);
          if (told.has(shown) || told.size > 100) return;
          told.add(shown);
          look.report('rds.call', { message: `holds the call ${shown}`, capability: does.capability, offset });
        },
        altrep(info, state, offset) {
          const [name, from] =
            info?.kind === 'list' ? info.items.map((item) => (item?.kind === 'symbol' ? item.value : '')) : [];
          if (from === 'base' && name !== undefined && ALTREP.has(name)) return;
          const mapped = name?.startsWith('mmap_') === true;
          const parts = state?.kind === 'list' ? state.items : [state];
          const path = parts.find((part) => part?.kind === 'text');
          look.report('rds.altrep', {
            message: mapped
              ? `maps the file ${path?.kind === 'text' ? JSON.stringify(path.value) : 'that it names'} into memory`
              : `is restored by ${String(name)} of the package ${String(from)}, which R loads for it`,
            severity: mapped ? 'high' : 'medium',
            capability: mapped ? 'file' : 'import',
            offset,
          });
        },
        active(name, offset) {
          look.report('rds.active', {
            message: `${name ?? 'a variable'} is a function that runs whenever the variable is looked at`,
            capability: 'execute',
            offset,
          });
        },
        note(what, name, offset) {
          if (what === 'persistent')
            look.report('rds.persistent', {
              message: `a part of it, ${JSON.stringify(name)}, is looked up by the loading program`,
              offset,
            });
        },
      },
      look.budget,
    );
    const root = reader.read();
    if (workspace === undefined || root?.kind !== 'list') return;
    root.tags.forEach((name, at) => {
      const value = root.items[at];
      if (name === undefined || !HOOKS.has(name)) return;
      look.report('rds.hook', {
        message: `the workspace has a function ${name}, which R calls by itself${value?.kind === 'closure' && acting(value) !== undefined ? `: ${showCall(acting(value)!.call)}` : ''}`,
        capability: 'execute',
      });
    });
    return 'rda';
  },
};
