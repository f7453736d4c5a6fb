// YAML files of a policy set, read strictly: no aliases, no duplicate keys, and every complaint with its line.
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { ZodType } from 'zod';
import type { PolicyProblem } from './problem.ts';

/** Parses and checks one YAML file. */
export function parseYaml<T>(
  text: string,
  file: string,
  schema: ZodType<T>,
): { value: T; problems: [] } | { problems: PolicyProblem[] } {
  const lines = new LineCounter();
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
    return { problems: [{ severity: 'error', at: file, message: 'the file uses a YAML alias', hint: 'Write it out.' }] };
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
