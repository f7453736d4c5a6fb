// Every model that a Kubernetes object names: its members and containers walked within bounds, wherever they stand, so that
// objects of operators that nobody here has heard of are read as well.
import { posix } from 'node:path';
import { BeyondBudget, Budget } from './budget.ts';
import { isContainer, readContainer } from './container.ts';
import { Unreadable, readDocument, toContainer } from './embedded.ts';
import { type Places, isAt } from './places.ts';
import { type Found, parseImage, parseModel, parsePlace, toPlain } from './reference.ts';

/** Names a version, or several, for what cannot be looked into. */
export const ANNOTATION = 'ancile.dev/model';

const MOST_NODES = 100_000;
const DEEPEST = 64;
const MOST_REFERENCES = 200;

export interface ObjectReading {
  readonly references: readonly Found[];
  /** What the annotation says. */
  readonly claims: readonly Pick<Found, 'at' | 'text'>[];
  /** Why not all of it was read. */
  readonly unread?: string;
}

type Members = Readonly<Record<string, unknown>>;
const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What shares volumes: a pod, or what has containers like one. */
interface Pod {
  /** Kinds of volumes by name: `emptyDir`, `persistentVolumeClaim`. */
  readonly volumes: ReadonlyMap<string, string>;
  /** Volumes of containers that name a model which is fetched. */
  readonly filled: Set<string>;
  fetches: boolean;
}

interface Node {
  readonly value: unknown;
  readonly at: string;
  /** Names of members that lead there, without places in lists. */
  readonly keys: readonly string[];
  readonly pod: Pod;
  /** The object that it is a member of. */
  readonly beside?: Members;
}

interface PathFound {
  readonly found: Found;
  readonly path: string;
  readonly pod: Pod;
  readonly mounts: readonly { readonly path: string; readonly volume: string }[];
}

const memberAt = (at: string, key: string): string =>
  /^[A-Za-z_]\w*$/.test(key) ? `${at}${at === '' ? '' : '.'}${key}` : `${at}["${toPlain(key, 100)}"]`;

function readVolumes(value: unknown): Map<string, string> {
  const volumes = new Map<string, string>();
  for (const each of Array.isArray(value) ? (value as unknown[]) : []) {
    if (!isMembers(each) || typeof each['name'] !== 'string') continue;
    volumes.set(each['name'], Object.keys(each).find((key) => key !== 'name') ?? 'emptyDir');
  }
  return volumes;
}

const newPod = (volumes: ReadonlyMap<string, string>): Pod => ({ volumes, filled: new Set(), fetches: false });

/** What is said of a path where nothing brings a model there that is held against the inventory by itself. */
function closedPath(
  { path, pod, mounts }: PathFound,
  brought: readonly string[],
  anyFetched: boolean,
): string | undefined {
  // As a file system has it: what leads out of a folder is not in it.
  const plain = posix.normalize(path);
  const isIn = (folder: string): boolean => `${plain}/`.startsWith(`${posix.normalize(folder).replace(/\/$/, '')}/`);
  const mount = mounts
    .filter((each) => isIn(each.path))
    .reduce<(typeof mounts)[number] | undefined>(
      (a, b) => (a !== undefined && a.path.length >= b.path.length ? a : b),
      undefined,
    );
  if (mount === undefined) {
    return brought.some(isIn) && anyFetched ? undefined : 'it lies in the image of the container';
  }
  const kind = pod.volumes.get(mount.volume) ?? 'emptyDir';
  // What was in it before the pod, nobody has looked at.
  const isNew = kind === 'emptyDir' || kind === 'ephemeral';
  if (kind === 'image' || (isNew && pod.filled.has(mount.volume))) return undefined;
  if (isNew) return 'it lies in a volume that nothing known here fills';
  return `it lies in a volume (${kind}) that nobody outside can look into`;
}

/** @param object - as it is in a manifest or a review */
export function findReferences(object: unknown, places: Places): ObjectReading {
  const references: Found[] = [];
  const claims: ObjectReading['claims'][number][] = [];
  const paths: PathFound[] = [];
  const kind = isMembers(object) && typeof object['kind'] === 'string' ? object['kind'] : '';
  if (places.passedOver.includes(kind)) return { references, claims };
  const budget = new Budget();
  let nodes = 0;
  let unread: string | undefined;
  const left: Node[] = [{ value: object, at: '', keys: [], pod: newPod(new Map()) }];

  const add = (found: Found, pod: Pod, mounts: PathFound['mounts'] = []): void => {
    if (found.target.kind === 'path') return void paths.push({ found, path: found.target.path, pod, mounts });
    references.push(found);
    pod.fetches = true;
    for (const { volume } of mounts) pod.filled.add(volume);
  };

  function readModels(container: Members, at: string, pod: Pod): void {
    const { references: found, mounts } = readContainer(container, at, places, budget);
    for (const each of found) add(each, pod, mounts);
  }

  function readField({ at, keys, pod, beside = {} }: Node, text: string): void {
    if (keys.at(-1) === ANNOTATION && keys.at(-2) === 'annotations') {
      for (const each of text.split(/[\s,]+/)) if (each !== '') claims.push({ at, text: toPlain(each) });
    }
    if (places.documents.some((entry) => isAt(keys, kind, entry))) {
      left.push({ value: readDocument(text, budget), at, keys, pod: newPod(new Map()) });
      return;
    }
    const field = places.fields.find((each) => isAt(keys, kind, each));
    if (field === undefined || (field.without !== undefined && beside[field.without] !== undefined)) return;
    const { reads } = field;
    if (reads === 'command') return readModels({ command: ['sh', '-c', text] }, at, pod);
    const target =
      reads === 'image'
        ? parseImage(text)
        : reads === 'place'
          ? parsePlace(text)
          : parseModel(text, places, { bare: true });
    if (target !== undefined) add({ at, text: toPlain(text), target }, pod);
  }

  function read(node: Node): void {
    const { value, at, keys, pod } = node;
    if (typeof value === 'string') readField(node, value);
    else if (Array.isArray(value)) {
      // The stack gives them back in their order.
      for (let i = value.length - 1; i >= 0; i--)
        left.push({ value: value[i] as unknown, at: `${at}[${i}]`, keys, pod });
    } else if (isMembers(value)) {
      const own = Array.isArray(value['containers']) || Array.isArray(value['volumes']);
      const inner = own ? newPod(readVolumes(value['volumes'])) : pod;
      if (isContainer(value)) readModels(value, at, inner);
      const map = places.maps.find((entry) => isAt(keys, kind, entry));
      if (map !== undefined) readModels(toContainer(value, map.reads), at, inner);
      for (const [key, child] of Object.entries(value).reverse()) {
        if (keys.length === 0 && key === 'status') continue;
        if (key === 'managedFields') continue;
        left.push({ value: child, at: memberAt(at, key), keys: [...keys, key], pod: inner, beside: value });
      }
    }
  }

  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (++nodes > MOST_NODES || node.keys.length > DEEPEST || references.length + paths.length > MOST_REFERENCES) {
      unread = 'it is larger, nested deeper or names more models than is looked at';
      break;
    }
    try {
      read(node);
    } catch (thrown) {
      if (thrown instanceof BeyondBudget) {
        unread = `the command or the variables of ${node.at} are longer than is looked at`;
      } else if (thrown instanceof Unreadable) unread = `${node.at} ${thrown.message}`;
      else throw thrown;
      break;
    }
  }
  const anyFetched = references.length > 0;
  for (const each of paths) {
    const why = closedPath(each, places.brought, anyFetched);
    if (why !== undefined) references.push({ ...each.found, target: { kind: 'closed', why } });
  }
  if (references.length > MOST_REFERENCES) unread = `it names more than ${MOST_REFERENCES} models`;
  return { references: references.slice(0, MOST_REFERENCES), claims, ...(unread === undefined ? {} : { unread }) };
}
