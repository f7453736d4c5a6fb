// The models that a container names: in its variables, its options, the command it runs; and as what it is.
import type { Budget } from './budget.ts';
import type { Places } from './places.ts';
import { type Found, type Target, parseImage, parseModel, parsePlace, toPlain } from './reference.ts';
import { UNKNOWN, type Word, commandWords, fillIn } from './shell-words.ts';

const MOST_MOUNTS = 500;

type Members = Readonly<Record<string, unknown>>;

const asRecord = (value: unknown): Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
const strings = (value: unknown): string[] => asList(value).filter((each) => typeof each === 'string');

/** Whether a member of an object is a container, or may be used as one (KServe's `model`). */
export function isContainer(value: Members): boolean {
  return ['command', 'args', 'env', 'envFrom'].some((name) => Array.isArray(value[name]));
}

interface Variable {
  readonly value: string;
  readonly at: string;
}

/** Where variables come from that are not in the object: `ConfigMap settings`. */
function sourcesOf(container: Members): string[] {
  const nameIn = (ref: unknown): string => {
    const { name } = asRecord(ref);
    return typeof name === 'string' ? name : '';
  };
  return asList(container['envFrom']).map((each) => {
    const { configMapRef, secretRef } = asRecord(each);
    return secretRef === undefined ? `ConfigMap ${nameIn(configMapRef)}` : `Secret ${nameIn(secretRef)}`;
  });
}

/** Variables by name; the last of a name counts. What comes from elsewhere is `UNKNOWN`. */
function readVariables(container: Members, at: string, open: boolean, budget: Budget): Map<string, Variable> {
  const variables = new Map<string, Variable>();
  const values = new Map<string, string>();
  asList(container['env']).forEach((each, i) => {
    const { name, value, valueFrom } = asRecord(each);
    if (typeof name !== 'string') return;
    const filled = typeof value === 'string' ? value : valueFrom === undefined ? '' : UNKNOWN;
    budget.take(filled.length);
    const known = fillIn(filled, { values, open, budget });
    values.set(name, known);
    variables.set(name, { value: known, at: `${at}.env[${i}]` });
  });
  return variables;
}

/** `-` and `_` are the same in names of options; what is behind `=` is apart. */
function splitOption(word: string): { name: string; value: string | undefined } {
  const equals = word.indexOf('=');
  const name = (equals === -1 ? word : word.slice(0, equals)).replaceAll('_', '-');
  return { name, value: equals === -1 ? undefined : word.slice(equals + 1) };
}

const isOption = (word: string): boolean => /^--?[A-Za-z]/.test(word);

/** Values of an option, wherever it stands; several where it takes a list. */
function optionValues(words: readonly Word[], names: readonly string[], list: boolean): Word[] {
  const found: Word[] = [];
  words.forEach(({ text, at }, i) => {
    if (!isOption(text)) return;
    const { name, value } = splitOption(text);
    if (!names.includes(name)) return;
    if (value !== undefined) found.push({ text: value, at });
    for (let next = i + 1; value === undefined && next < words.length; next++) {
      const word = words[next]!;
      if (isOption(word.text) || word.text === ';') break;
      found.push(word);
      if (!list) break;
    }
  });
  return found;
}

/** Of a list `name=path,name=path` the paths. */
function listed(text: string): string[] {
  return text.split(',').map((each) => each.slice(each.indexOf('=') + 1).trim());
}

export interface ContainerReading {
  readonly references: Found[];
  /** Everything that is said to be in folders of the container's own: for whoever knows what is mounted there. */
  readonly mounts: readonly { readonly path: string; readonly volume: string }[];
}

/** @throws BeyondBudget */
export function readContainer(container: Members, at: string, places: Places, budget: Budget): ContainerReading {
  const references: Found[] = [];
  const image = typeof container['image'] === 'string' ? container['image'] : '';
  const name = typeof container['name'] === 'string' ? container['name'] : '';
  const elsewhere = sourcesOf(container);
  const open = elsewhere.length > 0;
  const variables = readVariables(container, at, open, budget);
  const values = new Map([...variables].map(([each, { value }]) => [each, value]));
  const words = commandWords(strings(container['command']), strings(container['args']), at, {
    values,
    open,
    budget,
  });
  const line = `${image} ${words.map(({ text }) => text).join(' ')}`.toLowerCase();
  const mentions = (parts: readonly string[]): boolean => parts.some((part) => line.includes(part));
  const isServer = mentions(places.servers);
  const isClient = !isServer && mentions(places.clients);

  let isNamed = false;
  const add = (text: string, where: string, target: Target | undefined, part = false): void => {
    if (target === undefined) return;
    isNamed ||= !part;
    const shown = toPlain(text.replaceAll(UNKNOWN, '?'));
    const known = !text.includes(UNKNOWN);
    const closed: Target = { kind: 'closed', why: 'its name is not in the object but comes from elsewhere' };
    references.push({ at: where, text: shown, target: known ? target : closed });
  };
  const firstOf = (found: readonly (string | undefined)[]): string | undefined =>
    found.find((each) => each !== undefined && each !== '');

  for (const { names, revision, bare = false, list = false, part } of places.environment) {
    const own = firstOf(revision.map((each) => values.get(each)));
    for (const each of names) {
      const variable = variables.get(each);
      if (variable === undefined) continue;
      for (const text of list ? listed(variable.value) : [variable.value]) {
        add(text, variable.at, parseModel(text, places, { revision: own, bare: bare || isServer }), part);
      }
    }
  }
  if (!isClient) {
    for (const { names, revision, bare = false, list = false, only, part } of places.options) {
      if (only !== undefined && !mentions(only)) continue;
      const own = optionValues(words, revision, false)[0]?.text;
      for (const word of optionValues(words, names, list)) {
        for (const text of list ? listed(word.text) : [word.text]) {
          add(text, word.at, parseModel(text, places, { revision: own, bare: bare || isServer }), part);
        }
      }
    }
    for (const { words: wanted, revision, reads } of places.commands) {
      const own = optionValues(words, revision, false)[0]?.text;
      words.forEach((_, start) => {
        const fits = wanted.every((word, i) => {
          const there = words[start + i]?.text ?? '';
          return i === 0 ? there === word || there.endsWith(`/${word}`) : there === word;
        });
        const next = words[start + wanted.length];
        if (!fits || next === undefined || next.text === ';' || isOption(next.text)) return;
        // `trtllm-serve serve org/model` is the longer of two commands.
        if (
          places.commands.some(
            ({ words: other }) =>
              other.length > wanted.length &&
              other[wanted.length] === next.text &&
              wanted.every((word, i) => other[i] === word),
          )
        )
          return;
        add(
          next.text,
          next.at,
          reads === 'place' ? parsePlace(next.text) : parseModel(next.text, places, { revision: own, bare: true }),
        );
      });
    }
  }
  if (isServer && open && !isNamed) {
    const why = 'the name of its model may be among the variables that come from there';
    references.push({ at: `${at}.envFrom`, text: toPlain(elsewhere.join(', ')), target: { kind: 'closed', why } });
  }
  if (image !== '' && places.carriers.images.includes(name)) add(image, `${at}.image`, parseImage(image));
  if (places.carriers.arguments.includes(name)) {
    const given = strings(container['args']);
    for (let i = 0; i < given.length; i += 2) {
      add(given[i]!, `${at}.args[${i}]`, parseModel(given[i]!, places, { bare: false }) ?? parsePlace(given[i]!));
    }
  }
  // Where there are more, what lies in them is in no place that is known.
  const mounts = asList(container['volumeMounts'])
    .slice(0, MOST_MOUNTS)
    .flatMap((each) => {
      const { name: volume, mountPath } = asRecord(each);
      return typeof volume === 'string' && typeof mountPath === 'string' ? [{ path: mountPath, volume }] : [];
    });
  return { references: unique(references), mounts };
}

/** The same words may be read by two entries of the data. */
function unique(references: readonly Found[]): Found[] {
  const seen = new Map(references.map((each) => [`${each.at} ${each.text}`, each]));
  return [...seen.values()];
}
