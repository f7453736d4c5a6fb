// All facts of a model: its files walked, each opened once, hashed and read for what it states; then put together in order.
import { basename, relative, sep } from 'node:path';
import { AncileError } from '../../base/index.ts';
import { Malformed } from '../../reader/index.ts';
import { BeyondBudget, FileSource, show, walk } from '../../scan/index.ts';
import { FactBook } from './fact-book.ts';
import { contentDigest } from '../manifest.ts';
import type { FileFact, ModelFacts, SingleField } from './facts.ts';
import { hubSnapshot, saySnapshot } from './hub-snapshot.ts';
import { countParameters } from './parameters.ts';
import { card } from './read/card.ts';
import { configuration, download } from './read/configurations.ts';
import { gguf } from './read/gguf.ts';
import { keras } from './read/keras.ts';
import { code, environment, requirements } from './read/libraries.ts';
import { mlflow } from './read/mlflow.ts';
import { onnx } from './read/onnx.ts';
import type { Reader } from './read/reader.ts';
import { safetensors } from './read/safetensors.ts';
import { training } from './read/training.ts';

/** Readers, those first whose word counts where two files say different things. */
const READERS: readonly Reader[] = [
  card,
  mlflow,
  configuration,
  safetensors,
  gguf,
  onnx,
  keras,
  training,
  requirements,
  environment,
  code,
  download,
];
const MOST_FILES = 50_000;
/** Files of code that are looked into. */
const MOST_CODE = 200;

/** What whoever has the model knows of it beside its files. */
export interface KnownBeside {
  /** Who says so: `the registry`. */
  readonly source: string;
  readonly single: Readonly<Partial<Record<SingleField, string>>>;
  readonly licence?: string;
  /** Every file there is, with its digest (SHA-256, hex) where that is known: also those that are not in the folder. */
  readonly files: readonly { readonly path: string; readonly size: number; readonly sha256?: string }[];
}

export interface GatherOptions {
  /** What whoever asks knows better than the files. */
  readonly name?: string;
  readonly version?: string;
  /** Its files' word counts more, but for digests: those are not computed again. */
  readonly beside?: KnownBeside;
  /** Called behind every file. */
  readonly onFile?: (path: string, size: number) => void;
}

function toReason(thrown: unknown): string {
  if (thrown instanceof Malformed) return `${thrown.message} (byte ${thrown.offset})`;
  if (thrown instanceof BeyondBudget || thrown instanceof AncileError) return thrown.message;
  return 'it could not be read: a fault of Ancile, please report it';
}

/** Reads one file. @returns its own book, and which reader it was; undefined for a file that no reader knows */
function readFacts(
  path: string,
  source: FileSource,
  codes: { left: number },
): { rank: number; book: FactBook } | undefined {
  const rank = READERS.findIndex((reader) => reader.match(path));
  const reader = READERS[rank];
  if (reader === undefined || (reader === code && codes.left-- <= 0)) return undefined;
  const book = new FactBook(show(path, 1000));
  try {
    reader.read(source, book);
  } catch (thrown) {
    book.unseen(toReason(thrown));
  }
  return { rank, book };
}

/** The book of what is known beside the files. */
function besideBook({ source, single, licence }: KnownBeside): FactBook {
  const book = new FactBook(source);
  for (const [field, value] of Object.entries(single)) book.say(field as SingleField, value);
  book.licence(licence);
  return book;
}

/** Files that are not in the folder: those whose digest is known are of the model all the same. */
function takeAbsent(known: KnownBeside['files'], files: FileFact[], whole: FactBook): void {
  const here = new Set(files.map(({ path }) => path));
  for (const { path, size, sha256 } of known) {
    const shown = show(path, 1000);
    if (here.has(shown)) continue;
    if (sha256 !== undefined && files.length < MOST_FILES) files.push({ path: shown, size, sha256 });
    whole.unseen('there is no copy of it here', path);
  }
}

/**
 * What the files of a model say of it. Nothing is loaded and nothing asked of anybody.
 * @param root - a folder, or a single file
 * @throws AncileError `not_found` for a path that is not there
 */
export function gatherFacts(root: string, options: GatherOptions = {}): ModelFacts {
  const given = new FactBook('given on the command line');
  given.say('name', options.name);
  given.say('version', options.version);
  const books: { rank: number; book: FactBook }[] = [{ rank: -1, book: given }];
  const files: FileFact[] = [];
  const codes = { left: MOST_CODE };
  /** Under their own names, however they are shown; undefined once something is not read. */
  let contents: { path: string; sha256: string }[] | undefined = [];
  const whole = new FactBook('.');
  const snapshot = hubSnapshot(root);
  if (snapshot !== undefined) {
    const place = new FactBook('its place in the cache of the Hub');
    saySnapshot(snapshot, place);
    books.push({ rank: READERS.length, book: place });
  }
  const { beside } = options;
  if (beside !== undefined) books.push({ rank: READERS.length, book: besideBook(beside) });
  const digests = new Map(beside?.files.map(({ path, sha256 }) => [path, sha256]));
  for (const walked of walk([root], () => false, snapshot?.cache)) {
    const isLeftOut = walked.kind === 'unread' || walked.kind === 'ignored';
    if (isLeftOut || (walked.kind === 'passed' && walked.name !== '.git')) contents = undefined;
    if (walked.kind === 'unread') whole.unseen(walked.reason, within(root, walked.shown));
    if (walked.kind !== 'file') continue;
    const path = walked.shown === root ? basename(root) : within(root, walked.shown);
    if (files.length >= MOST_FILES) {
      whole.unseen(`there are more than ${MOST_FILES} files: the rest is left out`);
      contents = undefined;
      break;
    }
    let source: FileSource;
    try {
      source = new FileSource(walked.path);
    } catch (thrown) {
      whole.unseen(toReason(thrown), path);
      contents = undefined;
      continue;
    }
    try {
      const read = readFacts(path, source, codes);
      if (read !== undefined) books.push(read);
      // What the Hub's client leaves behind is no part of the model.
      if (path.startsWith('.cache/huggingface/')) {
        contents = undefined;
        continue;
      }
      const sha256 = digests.get(path) ?? source.digest();
      contents?.push({ path, sha256 });
      const tensors = read?.book.tensors;
      files.push({
        path: show(path, 1000),
        size: source.size,
        sha256,
        ...(tensors === undefined ? {} : { tensors }),
      });
    } finally {
      source.close();
    }
    options.onFile?.(path, source.size);
  }
  if (codes.left < 0) whole.unseen(`only the first ${MOST_CODE} files of code were read`);
  if (beside !== undefined) takeAbsent(beside.files, files, whole);
  // Sorted stably: of one reader in the order of the paths.
  for (const { book } of books.sort((a, b) => a.rank - b.rank)) whole.merge(book);
  countParameters(files, whole);
  const facts: ModelFacts = {
    ...whole.facts(files.sort((a, b) => (a.path < b.path ? -1 : 1))),
    ...(contents === undefined || contents.length === 0 ? {} : { digest: contentDigest(contents) }),
  };
  if (facts.single.name !== undefined) return facts;
  const name = {
    value: show(basename(root.replace(/[/\\]+$/, '')) || 'model', 300),
    source: 'the name of the folder or file',
  };
  return { ...facts, single: { ...facts.single, name } };
}

const within = (root: string, path: string): string => relative(root, path).split(sep).join('/') || '.';
