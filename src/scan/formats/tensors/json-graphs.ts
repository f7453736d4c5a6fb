// Graphs that are kept as JSON: symbols of MXNet, programs of PaddlePaddle 3, and what a Core ML package says is in it.
import { isJsonObject, type JsonTree } from '../../../reader/index.ts';
import type { Look } from '../../format.ts';
import { entries, has, items, member, text, walk } from '../json/access.ts';
import { whyOutside } from '../path.ts';
import { acts, operationByName, paddleOperationOf, reportOperation } from './operations.ts';

/** An MXNet symbol: nodes with operations, `null` for inputs. */
function lookAtSymbol(tree: JsonTree, look: Look): void {
  for (const node of items(member(tree, 'nodes'))) {
    look.budget.step();
    const op = text(node, 'op');
    if (op === undefined || !isJsonObject(node)) continue;
    const given = ['attrs', 'attr', 'param'].flatMap((name) =>
      entries(member(node, name)).flatMap(([, value]) => (typeof value === 'string' ? [value] : [])),
    );
    const operation = operationByName(op);
    if (operation !== undefined)
      reportOperation('mxnet.operation', `the operation ${op}`, operation, given.slice(0, 4), node.at, look);
    else if (op === 'Custom')
      look.report('mxnet.custom', {
        message: `uses a custom operation, given ${JSON.stringify(given.slice(0, 4))}`,
        capability: 'execute',
        offset: node.at,
      });
  }
}

/** A program of PaddlePaddle 3: each object names its operation under `#`, behind the number of its dialect. */
function lookAtProgram(tree: JsonTree, look: Look): void {
  walk(tree, look.budget, {
    object(value) {
      const name = text(value, '#')?.replace(/^.*\./, '');
      const operation = name === undefined ? undefined : (paddleOperationOf(name) ?? operationByName(name));
      if (operation !== undefined && acts(operation, []))
        reportOperation('paddle.operation', `the operation ${name}`, operation, [], value.at, look);
    },
  });
}

/** The manifest of an `.mlpackage`: where its parts lie. */
function lookAtManifest(tree: JsonTree, look: Look): void {
  for (const [, entry] of entries(member(tree, 'itemInfoEntries'))) {
    const path = text(entry, 'path');
    const why = path === undefined ? undefined : whyOutside(path);
    if (why === undefined || !isJsonObject(entry)) continue;
    look.report('coreml.linked', {
      message: `takes a part from ${path}: ${why}`,
      capability: 'file',
      offset: entry.at,
    });
  }
}

/**
 * Looks at a tree that is a graph, or says what is in one.
 * @returns its format, if it is
 */
export function lookAtJsonGraph(tree: JsonTree, look: Look): string | undefined {
  if (has(tree, 'nodes') && (has(tree, 'heads') || has(tree, 'arg_nodes'))) {
    lookAtSymbol(tree, look);
    return 'mxnet';
  }
  if (has(tree, 'base_code') && has(tree, 'program')) {
    lookAtProgram(tree, look);
    return 'paddle';
  }
  if (has(tree, 'itemInfoEntries')) {
    lookAtManifest(tree, look);
    return 'coreml';
  }
  return undefined;
}
