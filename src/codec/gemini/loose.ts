// Members of a streamed candidate that are not known here: their strings may grow from chunk to chunk, so they are held
// like any text.
import type { Json } from '../checks.ts';
import { setAtPointer } from '../pointer.ts';
import { OUTPUT } from '../shape.ts';
import { malformedStream } from '../stream-limits.ts';
import { toWhole, type SeenStrings } from '../stream-strings.ts';
import type { TextDelta } from '../surface.ts';
import { PLAIN_NAME, readByShape } from '../walk.ts';

const unescape = (token: string): string => token.replaceAll('~2', '#').replaceAll('~1', '/').replaceAll('~0', '~');

/** The string at a path of an object, undefined where there is none: a number or the name of a member was read. */
function stringAt(node: unknown, path: string): string | undefined {
  let value = node;
  for (const token of path.split('/').slice(1).map(unescape)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined;
    value = (value as Json)[token];
  }
  return typeof value === 'string' ? value : undefined;
}

/**
 * The strings below these members of an object, as pieces of texts that grow under their paths; names of members and
 * long numbers are complete in themselves.
 * @param onGrowing - told of each growing text's path within the object; answers its key
 * @throws AncileError `upstream_malformed` for a name that is a text itself
 */
export function listLoose(
  node: Json,
  names: readonly string[],
  base: string,
  seen: SeenStrings,
  onGrowing: (path: string) => string,
): TextDelta[] {
  return names.flatMap((name) => {
    if (!PLAIN_NAME.test(name)) throw malformedStream('a member of a candidate is no plain identifier');
    const { segments } = readByShape({ [name]: node[name] }, {}, OUTPUT);
    return segments.flatMap(({ path, text }): TextDelta[] => {
      if (path.endsWith('~') || stringAt(node, path) === undefined) {
        const key = base + path;
        return seen.note(key, text) ? [toWhole(node, path, key, text, seen)] : [];
      }
      // Later events are made from the names as they came, so none may be a text that a redaction would change.
      if (
        path
          .split('/')
          .slice(1)
          .some((token) => !PLAIN_NAME.test(token) && !/^\d{1,6}$/.test(token))
      ) {
        throw malformedStream('a text of a candidate stands under a name that is no plain identifier');
      }
      const put = (changed: string): void => void setAtPointer(node, path, changed);
      return [{ key: onGrowing(path), kind: 'text', text, put }];
    });
  });
}

/** An object that holds nothing but `text` at the path. */
export function toLooseSkeleton(path: string, text: string): Json {
  let value: unknown = text;
  for (const token of path.split('/').slice(1).toReversed()) value = /^\d/.test(token) ? [value] : { [token]: value };
  return value as Json;
}
