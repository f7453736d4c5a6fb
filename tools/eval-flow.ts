// Flow control over recorded traces of agents, by mode: the user's tasks that need nobody, the attacks that are stopped, and what an
// adaptive attacker reaches. Usage: npm run eval:flow [-- --data DIR] [--verbose]
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { flowVocabulary, readLabels } from '../src/app/index.ts';
import { FlowMode } from '../src/contract/index.ts';
import { FlowTrace, ReplayTally, adaptiveReach, createToolBook, replayTrace } from '../src/guard/index.ts';
import { loadPolicySet, shippedPolicySet } from '../src/policy/index.ts';
import { wilson } from '../src/stats/index.ts';

const { values } = parseArgs({
  options: { data: { type: 'string', default: '../shared/data/agents' }, verbose: { type: 'boolean', default: false } },
});
if (!existsSync(values.data)) {
  console.log(`skipped: there are no traces at ${values.data}`);
  process.exit(0);
}
const labels = readLabels(JSON.parse(readFileSync(join(values.data, 'labels.json'), 'utf8')), 'labels.json');
if (!(labels instanceof Map)) throw new Error('labels by suite are expected');
const policies = loadPolicySet(shippedPolicySet('default'));
const vocabulary = flowVocabulary();
const suites = readdirSync(values.data).filter((suite) => labels.has(suite));
const traces = suites.map((suite) => ({
  suite,
  traces: gunzipSync(readFileSync(join(values.data, suite, 'traces.jsonl.gz')))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => FlowTrace.parse(JSON.parse(line))),
}));

function share(part: number, whole: number): string {
  const { low, high } = wilson(part, whole);
  return `${part} of ${whole} (${((100 * part) / whole).toFixed(1)}%, ${(100 * low).toFixed(1)}-${(100 * high).toFixed(1)})`;
}

for (const mode of FlowMode.options) {
  const tally = new ReplayTally();
  const controlled = new Set<string>();
  let proposed = 0;
  for (const { suite, traces: own } of traces) {
    const parts = { policies, mode, vocabulary, book: createToolBook(labels.get(suite)!) };
    const seen = new Set<string>();
    for (const trace of own) {
      tally.add(trace, replayTrace(parts, trace));
      if (seen.has(trace.user_task)) continue;
      seen.add(trace.user_task);
      const reach = adaptiveReach(parts, labels.get(suite)!, trace);
      proposed += reach.proposed;
      for (const each of reach.controlled) controlled.add(`${suite}/${trace.user_task} ${each}`);
    }
  }
  const summary = tally.summary();
  console.log(`\nmode ${mode}`);
  for (const { suite, tasks, unheld, holds, attacks, stopped, leaking } of [
    ...summary.suites,
    { suite: 'all', ...summary.total },
  ]) {
    console.log(
      `  ${suite.padEnd(10)} tasks without a hold ${share(unheld, tasks)}, ${(holds / tasks).toFixed(2)} holds a task;` +
        ` attacks stopped ${share(stopped, attacks)}; with a write through ${share(leaking, attacks)}`,
    );
  }
  console.log(
    `  adaptive attacker: ${controlled.size} protected arguments under his control, ${proposed} calls proposed`,
  );
  if (!values.verbose) continue;
  console.log(`  held: ${summary.held.join(', ')}\n  through: ${summary.through.join(', ')}`);
  for (const each of controlled) console.log(`    ${each}`);
}
