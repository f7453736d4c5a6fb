// Reviews as kube-apiserver sends them: the documents of test/fixtures/admission, with the commit of a test's own model.
import { readFileSync } from 'node:fs';

export type ReviewName =
  | 'pod-create'
  | 'deployment-update'
  | 'deployment-finalize'
  | 'inferenceservice-create'
  | 'ephemeral-update'
  | 'status-update'
  | 'pod-delete'
  | 'pod-exec';

/** @param change - of the text, before it is parsed by whoever is sent it */
export function readReview(name: ReviewName, change: Readonly<Record<string, string>> = {}): string {
  let text = readFileSync(new URL(`../fixtures/admission/${name}.json`, import.meta.url), 'utf8');
  for (const [from, to] of Object.entries(change)) text = text.replaceAll(from, to);
  return text;
}
