// JSON, whatever it describes: Keras, skops and boosted trees, model repositories, and anything that a library builds from it.
import { isJsonObject, type JsonTree, readJsonTree } from '../../../reader/index.ts';
import type { Format, Look, Probe } from '../../format.ts';
import { MemorySource, readHead, SliceSource, type Source } from '../../source.ts';
import { isBoosterTree, lookAtBooster } from '../boosting/booster.ts';
import { isKerasObject, lookAtKeras, lookAtKerasText } from '../keras/analyse.ts';
import { isSkopsNode, lookAtSkops } from '../skops/skops.ts';
import { reportSecrets } from '../../workspace/secrets.ts';
import { readText } from '../../workspace/text.ts';
import { has, items, member, text, walk } from './access.ts';
import { lookAtHub, lookAtModules, lookAtRemoteCode } from './hub.ts';
import { lookAtObject } from './objects.ts';
import { isMlmodel, lookAtMlmodel } from '../yaml/mlmodel.ts';
import { lookAtJsonGraph } from '../tensors/json-graphs.ts';
import { lookAtWritten } from '../yaml/tags.ts';
import { lookAtTemplate } from './template.ts';

/** A pickle of protocol 1 to 5 in base64. */
const PICKLED = /^gA[E-X][A-Za-z0-9+/_\r\n-]{12,}={0,2}\s*$/;
const MOST_PICKLED = 4 << 20;
const MOST_SEARCHED = 1 << 20;
/** What is longer is data: nobody writes keys into it. */
const MOST_SETTINGS = 128 << 10;
/** Tokenizers of the largest vocabularies take half of it. */
const MOST = 64 << 20;
/** Bytes behind the first value that are looked at, line by line, and what stands in a line that says what to build. */
const MOST_LINES = 16 << 20;
const BUILDS = /"(?:py\\?\/|_\w{1,20}_"|\w{0,20}class|[$@]\w|lc"|\w{0,20}template)|\\u00|gA[A-Z]/;
/** The beginning of an object or list of JSON; a template of Jinja and UBJSON begin otherwise behind their brace. */
const OPENING = /^(?:\xef\xbb\xbf)?\s*(?:\{\s*["}]|\[\s*(?:["{[\]\d-]|true|false|null|NaN))/;
/** The same in UTF-16 and UTF-32, with and without a mark. */
const WIDE = /^(?:\xff\xfe(?:\0\0)?|\xfe\xff|\0\0\xfe\xff)?(?:\0{0,3}[{[]\0{1,3}|\0{1,3}[{[])(?:[\s\0]{0,200})["}{[\]]/;

export function lookAtPickled(value: string, look: Look): void {
  if (value.length >= 16 && value.length <= MOST_PICKLED && value.startsWith('gA') && PICKLED.test(value)) {
    look.member('base64.pkl', new MemorySource(Buffer.from(value, 'base64')));
  }
}

/** Looks at a value of JSON as any loader might; what it turned out to be. */
export function lookAtTree(tree: JsonTree, look: Look): string | undefined {
  let keras = false;
  const told = new Set<string>();
  let skops = false;
  walk(tree, look.budget, {
    object(value) {
      if (isKerasObject(value)) {
        keras = true;
        lookAtKeras(value, look, told);
      } else lookAtObject(value, look);
      if (isSkopsNode(value)) {
        skops ||= has(value, '__loader__');
        lookAtSkops(value, look);
      }
      lookAtTemplate(value, look);
      lookAtRemoteCode(value, look);
      if (member(value, 'safe_mode') === false) {
        look.report('keras.safe-mode', { message: 'asks to be loaded with safe_mode=False', offset: value.at });
      }
    },
    text(value, _, at) {
      if (keras && !told.has(value)) lookAtKerasText(value, at, look);
      lookAtPickled(value, look);
    },
  });
  const isModules = lookAtModules(items(tree), look);
  if (isJsonObject(tree)) {
    const graph = lookAtJsonGraph(tree, look);
    if (graph !== undefined) return graph;
    if (text(tree, 'mediaType')?.startsWith('application/vnd.dev.sigstore.bundle') === true) return SIGNATURE;
    const hub = lookAtHub(tree, look);
    if (isMlmodel(tree)) {
      lookAtMlmodel(tree, look);
      return 'mlflow';
    }
    if (isBoosterTree(tree)) {
      lookAtBooster(tree, look);
      return 'xgboost';
    }
    if (text(tree, 'class_name') !== undefined && keras) return 'keras';
    if (skops) return 'skops';
    return hub ?? (keras ? 'keras' : undefined);
  }
  return isModules ? 'sentence-transformers' : undefined;
}

/** A file of one JSON a line: those lines are parsed of which a library could build something. */
function lookAtLines(source: Source, from: number, look: Look): void {
  if (source.size - from > MOST_LINES) look.unseen(`only the first ${MOST_LINES >> 20} MB of its lines were looked at`);
  for (const line of Buffer.from(source.read(from, MOST_LINES)).toString('utf8').split('\n')) {
    look.budget.step(1 + (line.length >> 5));
    if (!BUILDS.test(line)) continue;
    const { value } = readJsonTree(new MemorySource(Buffer.from(line)), { step: (work) => look.budget.step(work) });
    if (value !== undefined) lookAtTree(value, look);
  }
}

/** A bundle of Sigstore: a signature, and what is signed. */
const SIGNATURE = 'sigstore-bundle';

export const json: Format = {
  id: 'json',
  match({ text: head, name, extension }: Probe) {
    // YAML in braces may hold tags, which is more than JSON says.
    if (extension === '.yaml' || extension === '.yml' || name === 'mlmodel') return false;
    if (OPENING.test(head) || WIDE.test(head)) return 'likely';
    return extension === '.json' && /^\s*["\d\-tfn]/.test(head) ? 'likely' : false;
  },
  scan(source: Source, look: Look) {
    const long = source.size > MOST;
    if (long) look.unseen(`only the first ${MOST >> 20} MB of its JSON were looked at`);
    const read = readJsonTree(long ? new SliceSource(source, 0, MOST) : source, {
      step: (work) => look.budget.step(work),
    });
    if (read.value === undefined) {
      look.unseen('it is no JSON');
      return;
    }
    const kind = lookAtTree(read.value, look);
    if (read.broken !== undefined) {
      const head = readHead(source, MOST_SEARCHED);
      lookAtWritten(Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1'), new Set(), look);
    }
    if (read.broken === undefined && !read.cut && !long) lookAtLines(source, read.end, look);
    if (read.broken !== undefined && !long)
      look.unseen(`its JSON breaks off at byte ${read.broken.at}: ${read.broken.why}`);
    // Statements and certificates in base64 look like tokens, and are for all to read.
    if (source.size <= MOST_SETTINGS && kind !== SIGNATURE) reportSecrets(readText(source, look), look);
    if (read.cut) look.unseen('its JSON holds more values than are kept');
    return kind;
  },
};
