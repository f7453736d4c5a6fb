// What a worker runtime would run: the detectors and the guard with policies made by hand, no Node anywhere. Bundled and
// run by worker.test.ts, which puts the texts of rule files in place of the two constants.
import { openaiChat } from '../src/codec/index.ts';
import type { Action } from '../src/contract/index.ts';
import {
  activeContentDetector,
  createAttackDetector,
  createSecretDetector,
  createSecretTailDetector,
  leakDetector,
  linkDetector,
  parseRules,
  parseSecretFiles,
  namesDetector,
  piiDetector,
  schemaDetector,
} from '../src/detect/index.ts';
import { createPipeline, openExchange } from '../src/guard/index.ts';
import type { Policies, Ruling } from '../src/policy/index.ts';

declare const ATTACK_RULES: string;
declare const SECRET_RULES: readonly { readonly text: string; readonly file: string }[];

const ruling = (action: Action): Ruling => ({
  reask: false,
  action,
  policies: [{ id: `hand.${action}`, action, reason: 'ruled by hand' }],
  faults: [],
});

const policies: Policies = {
  name: 'by hand',
  version: 'by hand',
  files: [],
  onFault: { detect: 'deny', policy: 'deny', ledger: 'deny', budget: 'deny' },
  ruleFinding: (_subject, question) => {
    if (question.class === 'injection' && question.score >= 0.8) return ruling('block');
    return ruling(question.class === 'pii' || question.class === 'secret' ? 'redact' : 'flag');
  },
  ruleExchange: () => ruling('allow'),
  ruleArtifact: () => ruling('allow'),
  ruleToolCall: () => ruling('allow'),
  mayEnforce: (_subject, _direction, { class: name }) => ['injection', 'pii', 'secret'].includes(name),
};

const secretRules = parseSecretFiles(SECRET_RULES);
const pipeline = createPipeline({
  policies: () => policies,
  detectors: [
    createAttackDetector(parseRules(ATTACK_RULES, 'override.yaml')),
    namesDetector,
    piiDetector,
    createSecretDetector(secretRules),
    createSecretTailDetector(secretRules),
    leakDetector,
    linkDetector,
    activeContentDetector,
    schemaDetector,
  ],
});

/** Judges one user message; its answer may follow. */
function open(content: string, more: object = {}): ReturnType<typeof openExchange<object>> {
  return openExchange<object>(pipeline, openaiChat, { model: 'm', messages: [{ role: 'user', content }], ...more });
}

async function* chunks(pieces: readonly string[]): AsyncGenerator<object> {
  const common = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' };
  for (const content of pieces) yield { ...common, choices: [{ index: 0, delta: { content }, finish_reason: null }] };
  yield { ...common, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
}

/** What a stream of these pieces comes out as, and the code of the error that ended it. */
async function stream(pieces: readonly string[]): Promise<{ text: string; code: string }> {
  let text = '';
  try {
    for await (const chunk of open('Hello', { stream: true }).guardStream(chunks(pieces))) {
      const { choices } = chunk as { choices: { delta: { content?: string } }[] };
      text += choices[0]?.delta.content ?? '';
    }
    return { text, code: 'none' };
  } catch (thrown) {
    return { text, code: (thrown as { code?: string }).code ?? String(thrown) };
  }
}

/** JSON in, JSON out: nothing but text crosses between the runtimes. */
async function run(attack: string, card: string, pieces: readonly string[]): Promise<string> {
  return JSON.stringify({
    attack: open(attack).request,
    card: open(card).request,
    stream: await stream(pieces),
    denied: await stream(['Well. ', attack.slice(0, 9), attack.slice(9), ' And more.']),
  });
}

(globalThis as unknown as { run: typeof run }).run = run;
