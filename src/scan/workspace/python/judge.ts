// What a call means: which rule it falls under, and how bad that is where and when it runs.
import type { ScanCapability, Severity } from '../../../contract/index.ts';
import { type Judged, isTool, isTrial, judgeCommand } from '../command.ts';
import { type Load, loadsOf, pythonCalls } from './calls.ts';
import type { Call } from './evaluate.ts';
import { CREDENTIALS, ORDINARY_STARTS, STARTS } from './places.ts';
import { FROM, GAP, LITERAL_CLASS, type Value, commandText, joined, textsOf } from './value.ts';

/**
 * When something runs: `load` as its file is loaded, `use` in a function of code that comes with a model (which whoever
 * loads the model calls as well), `call` in a function of other code, `main` when the file is run as a program.
 */
export type When = 'load' | 'use' | 'call' | 'main';

export interface Verdict {
  readonly rule: string;
  readonly severity?: Severity;
  readonly message: string;
  readonly capability?: ScanCapability;
  readonly evidence?: string;
}

/** How bad it is, once it is known when it runs. */
export type Judgement = (when: When, model: boolean) => Verdict | undefined;

const shorten = (text: string, most = 120): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

const AT: Record<When, string> = {
  load: ' as soon as it is loaded',
  use: ' when the model is used',
  call: '',
  main: '',
};

/** Keywords that carry what is run. */
const RUN = new Set([
  undefined,
  'args',
  'cmd',
  'command',
  'source',
  'stmt',
  'code',
  'expression',
  'target',
  'executable',
]);

const commandValue = (call: Call): Value | undefined => {
  const given = call.args.filter(({ name }) => RUN.has(name)).map(({ value }) => value);
  if (/\.(?:exec|spawn)[lv]/.test(call.path) || call.path.includes('subprocess_exec')) {
    return { items: given.flatMap((value) => value.items ?? [value]), from: joined(given) };
  }
  return given[0];
};

/** A call that runs a command. */
export function judgeRun(path: string, value: Value | undefined, from: number): Judgement {
  const text = value === undefined ? GAP : commandText(value);
  const shown = `${path}(${text === GAP ? '…' : `"${shorten(text)}"`})`;
  const first = value?.items?.[0] ?? value;
  const chosenOutside = first !== undefined && (first.text === undefined || first.text.startsWith(GAP));
  const attack = judgeCommand(text, 'script');
  return (when, model) => {
    const base = { capability: 'execute', evidence: shorten(text, 200) } as const;
    if ((from & FROM.answer) !== 0) {
      return { ...base, rule: 'python.model-output-run', message: `runs what a model answered as a command: ${shown}` };
    }
    if ((first?.from ?? 0) & FROM.network && chosenOutside) {
      return { ...base, rule: 'python.fetched-code', message: `runs a command that comes from the network: ${shown}` };
    }
    const found: Judged | undefined = model ? judgeCommand(text, 'model') : attack;
    if (found !== undefined && found.severity !== 'low' && found.severity !== 'info') {
      const message = `${found.says}${AT[when]}: ${shown}`;
      return { ...base, rule: 'python.hostile-command', severity: found.severity, message };
    }
    const roundabout = (from & (FROM.computed | FROM.decoded)) !== 0;
    const message = `runs a command${AT[when]}: ${shown}`;
    if (roundabout && (model || when === 'load')) {
      return { ...base, rule: 'python.hidden-call', severity: model ? 'high' : 'medium', message };
    }
    const known = !text.startsWith(GAP);
    const trial = isTrial(text);
    const install = /\bpip3?\s+install\b|\bpip\b.*\binstall\b/.test(text);
    if (model && (when === 'load' || when === 'use')) {
      if (known && (trial || !isTool(text, 'model'))) {
        const severity = when === 'load' || trial ? 'high' : 'medium';
        return { ...base, rule: 'python.payload-on-load', severity, message };
      }
      if (when === 'load' && (!known || install))
        return { ...base, rule: 'python.payload-on-load', severity: 'medium', message };
    } else if (when === 'load' && trial) {
      return { ...base, rule: 'python.payload-on-load', severity: 'medium', message };
    }
    return { ...base, rule: 'python.command', severity: 'low', message };
  };
}

/** A call that runs text or a code object as Python. */
function judgeEvaluator(path: string, value: Value | undefined, from: number): Judgement {
  const capability = 'execute' as const;
  const shown = `${path.replace('builtins.', '')}(${value?.text === undefined ? '…' : `"${shorten(value.text)}"`})`;
  return (when, model) => {
    if ((from & FROM.answer) !== 0) {
      return { rule: 'python.model-output-run', capability, message: `runs what a model answered as code: ${shown}` };
    }
    if ((from & FROM.network) !== 0) {
      return { rule: 'python.fetched-code', capability, message: `runs code that it fetches${AT[when]}: ${shown}` };
    }
    if ((from & FROM.decoded) !== 0) {
      return {
        rule: 'python.hidden-code',
        capability,
        message: `decodes text and runs it as code${AT[when]}: ${shown}`,
      };
    }
    if ((from & FROM.computed) !== 0 && model) {
      return {
        rule: 'python.hidden-call',
        severity: 'high',
        capability,
        message: `reaches ${path} by a computed name: ${shown}`,
      };
    }
    const severity = model && when === 'load' && value?.text === undefined ? 'medium' : 'low';
    return { rule: 'python.dynamic-code', severity, capability, message: `runs text as code${AT[when]}: ${shown}` };
  };
}

/** A call that uses the network. */
function judgeNetwork(call: Call): Judgement {
  const from = joined(call.args.map(({ value }) => value));
  const address = textsOf(call.args[0]?.value ?? { from: 0 }, 1)[0];
  const shown = `${call.path}(${address === undefined ? '…' : `"${shorten(address)}"`})`;
  const collects = address !== undefined && judgeCommand(`curl ${address}`, 'model')?.id === 'callback';
  return (when, model) => {
    const base = { capability: 'network' as const };
    if ((from & FROM.secret) !== 0) {
      return {
        ...base,
        rule: 'python.exfiltration',
        message: `sends credentials or the whole environment away: ${shown}`,
      };
    }
    if ((from & FROM.host) !== 0 && (when === 'load' || model)) {
      const severity = model ? 'high' : 'medium';
      return {
        ...base,
        rule: 'python.exfiltration',
        severity,
        message: `tells an address of this machine${AT[when]}: ${shown}`,
      };
    }
    if (collects && (when === 'load' || model)) {
      return {
        ...base,
        rule: 'python.exfiltration',
        message: `speaks to an address that collects what is sent${AT[when]}: ${shown}`,
      };
    }
    if (model && when === 'load')
      return { ...base, rule: 'python.network-on-load', message: `uses the network${AT[when]}: ${shown}` };
    return undefined;
  };
}

const WRITES = /[waxr]?[wax+]/;

/** Opening, reading or writing a file whose path is known. */
function judgeFile(call: Call): Judgement | undefined {
  const { path } = call;
  const [first, second] = call.args;
  const opens = path === 'builtins.open' || path === 'io.open' || path === 'codecs.open' || path === 'os.open';
  const ofPath =
    call.base?.path?.startsWith('pathlib.') === true &&
    /\.(?:open|read_text|read_bytes|write_text|write_bytes)$/.test(path);
  const copies = /^shutil\.(?:copy|copyfile|copy2|move|copytree)$/.test(path);
  if (!opens && !ofPath && !copies) return undefined;
  const names = ofPath ? [call.base?.text] : copies ? [first?.value.text, second?.value.text] : [first?.value.text];
  const mode =
    call.args.find(({ name }) => name === 'mode')?.value.text ??
    (opens ? second?.value.text : first?.value.text) ??
    'r';
  const writes =
    path.includes('.write_') || copies || (!path.includes('.read_') && WRITES.test(mode) && mode.length < 5);
  for (const name of names) {
    if (name === undefined) continue;
    if (writes && STARTS.test(name)) {
      const message = `writes to ${shorten(name)}, from which programs start`;
      const severity = ORDINARY_STARTS.test(name) ? 'low' : 'medium';
      return (when, model) => ({
        rule: 'python.persistence',
        severity: model || when === 'load' ? 'high' : severity,
        capability: 'file',
        message,
      });
    }
    if (CREDENTIALS.test(name)) {
      return (when, model) => ({
        rule: 'python.credential-file',
        severity: model ? 'high' : when === 'load' ? 'medium' : 'low',
        capability: 'file',
        message: `reads ${shorten(name)}${AT[when]}`,
      });
    }
  }
  return undefined;
}

/** Whether a load is as unsafe as the list says, by its arguments. */
function holds({ when, unless, unlessMentions }: Load, call: Call): boolean {
  const is = (condition: Readonly<Record<string, boolean | string>>): boolean =>
    call.args.some(({ name, value }) => {
      if (name === undefined || !Object.hasOwn(condition, name)) return false;
      return condition[name] === (typeof condition[name] === 'string' ? value.text : value.constant);
    });
  if (when !== undefined && !is(when)) return false;
  if (unless !== undefined && is(unless)) return false;
  return !(unlessMentions ?? []).some((word) => call.args.some(({ value }) => value.path?.endsWith(word)));
}

const HANDLES = new Set([
  'builtins.getattr',
  'builtins.repr',
  'builtins.str',
  'builtins.type',
  'builtins.super',
  'builtins.vars',
]);

/** All that one call means. */
export function judgeCall(call: Call): Judgement[] {
  const { path, of } = call;
  const judgements: Judgement[] = [];
  const { commands, evaluators, network, native, memory, queries } = pythonCalls();
  const from = joined(call.args.map(({ value }) => value));
  if (commands.has(path)) {
    const value = commandValue(call);
    judgements.push(judgeRun(path, value, of.from | (value?.from ?? 0)));
    if (from !== 0 && /fileno\(\)/.test(call.args.map(({ value: arg }) => arg.path ?? '').join(' '))) {
      judgements.push(() => ({
        rule: 'python.reverse-shell',
        capability: 'execute',
        message: `ties ${path} to a socket`,
      }));
    }
  } else if (evaluators.has(path)) {
    if (path !== 'builtins.compile' && path !== 'marshal.loads') {
      const value = call.args.find(({ name }) => RUN.has(name))?.value;
      judgements.push(judgeEvaluator(path, value, of.from | (value?.from ?? 0)));
    }
  } else if (network.has(path)) judgements.push(judgeNetwork(call));
  else if (memory.has(path)) {
    judgements.push(() => ({
      rule: 'python.machine-code',
      capability: 'native',
      message: `makes memory run as code: ${path}`,
    }));
  } else if (native.has(path)) {
    const name = call.args[0]?.value.text ?? '…';
    judgements.push(() => ({
      rule: 'python.native-code',
      capability: 'native',
      message: `loads compiled code: ${path}("${shorten(name)}")`,
    }));
  } else if (path === 'os.dup2' && /socket.*fileno\(\)/.test(call.args[0]?.value.path ?? '')) {
    judgements.push(() => ({
      rule: 'python.reverse-shell',
      capability: 'execute',
      message: 'ties the standard streams to a socket',
    }));
  } else if (queries.has(path) && ((call.args[0]?.value.from ?? 0) & FROM.answer) !== 0) {
    judgements.push(() => ({
      rule: 'python.model-output-run',
      message: `runs what a model answered as a query: ${path.replace('?', '')}(…)`,
    }));
  }
  if (path.startsWith(LITERAL_CLASS) && path.endsWith('.__subclasses__')) {
    judgements.push((when, model) => ({
      rule: 'python.hidden-call',
      ...(model ? { severity: 'high' as const } : {}),
      capability: 'attribute',
      message: `reaches every class there is from a value${AT[when]}`,
    }));
  }
  const file = judgeFile(call);
  if (file !== undefined) judgements.push(file);
  for (const load of loadsOf(path)) {
    if (!holds(load, call)) continue;
    const name = path.replace('?', '') || 'a call';
    judgements.push(() => ({ rule: load.rule, capability: 'deserialize', message: `${name} ${load.says}` }));
  }
  if (!HANDLES.has(path)) judgements.push(...judgeHanded(call));
  return judgements;
}

/** A dangerous function that is handed to another one to call: `Thread(target=os.system, args=(…))`, `map(eval, …)`. */
function judgeHanded(call: Call): Judgement[] {
  const { commands } = pythonCalls();
  const judgements: Judgement[] = [];
  for (const { value } of call.args) {
    const { path } = value;
    if (path === undefined || path.endsWith('()')) continue;
    if (commands.has(path)) {
      const texts = textsOf({ items: call.args.map((each) => each.value), from: 0 });
      if (texts.length > 0)
        judgements.push(judgeRun(path, { text: texts.join(' '), from: 0 }, value.from | FROM.computed));
      else judgements.push((_when, model) => (model ? handed(path, call.path) : undefined));
    } else if (path === 'builtins.exec' || path === 'builtins.eval') {
      const given = joined(call.args.map((each) => each.value)) & ~value.from;
      judgements.push(judgeEvaluator(path, undefined, value.from | given | FROM.computed));
    }
  }
  return judgements;
}

const handed = (path: string, to: string): Verdict => ({
  rule: 'python.hidden-call',
  capability: 'execute',
  message: `hands ${path} on to ${to.replace('?', '') || 'a call'}`,
});
