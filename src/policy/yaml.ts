// YAML files of a policy set, read strictly: no aliases, no duplicate keys, and every complaint with its line.
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { ZodType } from 'zod';
import type { PolicyProblem } from './problem.ts';

const MAX_NESTING = 32;

/**
 * Whether a text nests past reason: the parser's time grows with the square of the depth (9 s for 100,000 brackets).
 * Brackets inside strings count too, as nobody needs that many left open.
 */
function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if ((char === '[' || char === '{') && ++depth > MAX_NESTING) return true;
    if ((char === ']' || char === '}') && depth > 0) depth--;
  }
  return /(?:[-?] ){33}/.test(text);
}

/** Parses and checks one YAML file. */
export function parseYaml<T>(
  text: string,
  file: string,
  schema: ZodType<T>,
): { value: T; problems: [] } | { problems: PolicyProblem[] } {
  const lines = new LineCounter();
  if (nestsTooDeep(text)) {
    const hint = `Nest at most ${MAX_NESTING} deep.`;
    return { problems: [{ severity: 'error', at: file, message: 'the file nests too deep to be read', hint }] };
  }
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map((error) => ({
        severity: 'error',
        at: at(error.pos[0]),
        message: error.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, ''),
      })),
    };
  }
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount: 0 });
  } catch {
    return {
      problems: [{ severity: 'error', at: file, message: 'the file uses a YAML alias', hint: 'Write it out.' }],
    };
  }
  const checked = schema.safeParse(plain);
  if (checked.success) return { value: checked.data, problems: [] };
  return {
    problems: checked.error.issues.map((issue) => {
      // The issue's place may lack a node (a missing key): the nearest one above it has a line.
      let path = issue.path as (string | number)[];
      let node = document.getIn(path, true);
      while (!isNode(node) && path.length > 0) node = document.getIn((path = path.slice(0, -1)), true);
      const where = issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `;
      return { severity: 'error', at: at(isNode(node) ? (node.range?.[0] ?? 0) : 0), message: where + issue.message };
    }),
  };
}
