// How many records a second the monitoring engine takes in, through 100 rules on one core.
// Usage: npm run bench:monitor [-- --check] [--records N] [--rules N]
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Engine, type MonitorRule, parseMonitorRules, toRecords } from '../../src/monitor/index.ts';

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    records: { type: 'string', default: '200000' },
    rules: { type: 'string', default: '100' },
  },
});
/** Records a second, held by --check. */
const LEAST = 20_000;
const RECORDS = Number(values.records);
const RULES = Number(values.rules);

const FOLDER = resolve(import.meta.dirname, '../../content/rules/monitor');
const shipped = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml') && !name.endsWith('.fixtures.yaml'))
  .flatMap((name) => parseMonitorRules(readFileSync(join(FOLDER, name), 'utf8'), name).rules)
  .filter(({ when }) => when[0]!.type !== 'drift');
// Of more than are shipped, some are there twice, as rules of their own.
const rules = Array.from({ length: RULES }, (_, i): MonitorRule => {
  const rule = shipped[i % shipped.length]!;
  return i < shipped.length ? rule : { ...rule, id: `${rule.id}_${Math.floor(i / shipped.length)}` };
});

/** Traffic of 2000 keys and 50,000 conversations over 20 models, one in ten with a finding, some tool calls and changes. */
const { records } = toRecords([
  {
    kind: 'exchange',
    principal: 'key_{i%1999}',
    session: 's{i%50021}',
    model: 'm{i%20}',
    network: 'n{i%7013}',
    at: 0,
    times: 17_000,
    every: 25,
  },
  {
    kind: 'exchange',
    principal: 'key_{i%1999}',
    session: 's{i%50021}',
    model: 'm{i%20}',
    findings: ['injection.override@0.7', 'pii.email'],
    found: ['pii.email'],
    at: 0,
    times: 1000,
    every: 425,
  },
  {
    kind: 'exchange',
    principal: 'key_{i%1999}',
    session: 's{i%50021}',
    surface: 'mcp',
    route: 'srv{i%9}',
    model: 'tool_{i%50}',
    call: { tool: 'tool_{i%50}', effect: 'write', untrusted: true, private: true },
    at: 0,
    times: 2000,
    every: 212,
  },
  {
    kind: 'access.refused',
    reason: 'budget_exceeded',
    principal: 'key_{i%1999}',
    count: 3,
    at: 0,
    times: 300,
    every: 1400,
  },
  { kind: 'admin.change', action: 'policy.edit', at: 0, times: 50, every: 8000 },
]);
const engine = new Engine(rules);
const span = Date.parse(records.at(-1)!.time) - Date.parse(records[0]!.time);
const heap = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};
const before = heap();
let detections = 0;
let took = 0;
let done = 0;
for (let round = 0; done < RECORDS; round++) {
  // The same traffic, later, of other conversations: made outside of what is measured.
  const shifted = records.map((record, i) => {
    const time = new Date(Date.parse(record.time) + round * (span + 1000)).toISOString();
    const line = JSON.stringify({ ...record, time, seq: done + i })
      .replaceAll('"ex_', `"ex${round}_`)
      .replaceAll('"session":"s', `"session":"r${round}s`);
    return JSON.parse(line) as (typeof records)[number];
  });
  // Time of the processor and not of the clock: others may be at work beside.
  const { user, system } = process.cpuUsage();
  for (const record of shifted) detections += engine.observe(record).length;
  const since = process.cpuUsage({ user, system });
  took += (since.user + since.system) / 1000;
  done += shifted.length;
}
const rate = done / (took / 1000);
const groups = engine.rules.reduce((sum, { figures }) => sum + figures.groups, 0);
const forgotten = engine.rules.reduce((sum, { figures }) => sum + figures.forgotten, 0);
console.log(
  `${done} records through ${rules.length} rules: ${Math.round(rate)} records/s (${((took / done) * 1000).toFixed(1)} us a record; bound ${LEAST})`,
);
console.log(`${detections} detections, ${groups} groups remembered, ${forgotten} forgotten for want of room`);
console.log(`heap grew by ${((heap() - before) / 1e6).toFixed(0)} MB`);
if (values.check && rate < LEAST) process.exitCode = 1;
