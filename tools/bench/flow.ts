// What a decision costs in a long conversation: 100 turns with 1 MB of results of tools, each turn the history resent, one call ruled.
// Usage: npm run bench:flow [-- --check] [--turns N] [--bytes N]
import { parseArgs } from 'node:util';
import { flowVocabulary } from '../../src/app/index.ts';
import { FlowLabels } from '../../src/contract/index.ts';
import { Conversation, createToolBook, ruleCall } from '../../src/guard/index.ts';
import { loadPolicySet, shippedPolicySet } from '../../src/policy/index.ts';

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    turns: { type: 'string', default: '100' },
    bytes: { type: 'string', default: '1000000' },
  },
});
/** Milliseconds a call, held by --check. */
const MOST_MS = 10;
const TURNS = Number(values.turns);
const EACH = Number(values.bytes) / TURNS;

const labels = FlowLabels.parse({
  writes: { send_email: { recipients: 'target', subject: 'content', body: 'content', attachments: 'id' } },
  fields: { search_mail: { id: 'T', sender: 'M', subject: 'M' } },
});
const policies = loadPolicySet(shippedPolicySet('default'));
const principal = { id: 'key_1', kind: 'agent', name: 'agent', tenant: 'default' } as const;
const NAMES =
  'report plan budget team review office customer project meeting minutes draft invoice travel hotel city'.split(' ');

/** A result of about so many bytes; the same for the same seed. */
function makeResult(seed: number, bytes: number): unknown {
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0);
  const mails = [];
  for (let size = 0, index = 0; size < bytes; index++) {
    const body = Array.from({ length: 120 }, () => NAMES[next() % NAMES.length]! + (next() % 900)).join(' ');
    const mail = { id: `m${seed}-${index}`, sender: `p${next() % 99}@corp.example`, subject: body.slice(0, 40), body };
    size += JSON.stringify(mail).length;
    mails.push(mail);
  }
  return mails;
}

const conversation = new Conversation(createToolBook(labels), flowVocabulary());
conversation.noteUser('Send a summary of what is new by email to bob@corp.example');
const noting: number[] = [];
const ruling: number[] = [];
for (let turn = 0; turn < TURNS; turn++) {
  const result = makeResult(turn + 1, EACH);
  const before = performance.now();
  conversation.noteResult({ tool: 'search_mail', arguments: { query: 'what is new' } }, result);
  const noted = performance.now();
  const call = {
    tool: 'send_email',
    arguments: {
      recipients: ['bob@corp.example'],
      subject: `news ${turn}`,
      body: 'all is well '.repeat(100),
      attachments: [`m${turn + 1}-0`],
    },
  };
  const { action } = ruleCall({ policies, principal, surface: 'openai.chat', mode: 'strict' }, conversation, call);
  const ruled = performance.now();
  if (action !== 'hold') throw new Error(`an attachment that nobody chose was let through (${action})`);
  noting.push(noted - before);
  ruling.push(ruled - noted);
}

const median = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
const last = Math.max(1, Math.floor(TURNS / 10));
const show = (name: string, times: readonly number[]): void =>
  console.log(
    `${name.padEnd(28)} median ${median(times).toFixed(2)} ms, of the last ${last} turns ${median(times.slice(-last)).toFixed(2)} ms, most ${Math.max(...times).toFixed(2)} ms`,
  );
show(`taking in ${Math.round(EACH / 1000)} kB of results`, noting);
show('ruling on a call', ruling);
const cost = median(noting.slice(-last)) + median(ruling.slice(-last));
console.log(`together ${cost.toFixed(2)} ms a call at the end (bound ${MOST_MS} ms)`);
if (values.check && cost > MOST_MS) process.exitCode = 1;
