// Asks a model on the gateway's own behalf: one prompt, one answer, by a route of the configuration.
import { AncileError } from '../../base/index.ts';
import { type LlmSurface, anthropicMessages, geminiGenerate, openaiChat, parseJson } from '../../codec/index.ts';
import { askUpstreams, planTargets } from '../upstreams/index.ts';
import { isCutOff, notCutOff } from '../contained.ts';
import { Collector } from './collect.ts';
import type { Slot } from '../load.ts';
import type { LlmParts } from './parts.ts';

const MAX_TOKENS = 1000;
const MAX_ANSWER = 256 * 1024;

/** A prompt in each dialect, for whichever the route's upstream speaks. */
const WORDINGS: readonly (readonly [LlmSurface, (prompt: string) => unknown])[] = [
  [openaiChat, (content) => ({ max_tokens: MAX_TOKENS, temperature: 0, messages: [{ role: 'user', content }] })],
  [anthropicMessages, (content) => ({ max_tokens: MAX_TOKENS, temperature: 0, messages: [{ role: 'user', content }] })],
  [
    geminiGenerate,
    (text) => ({
      contents: [{ role: 'user', parts: [{ text }] }],
      generationConfig: { maxOutputTokens: MAX_TOKENS, temperature: 0 },
    }),
  ],
];

export type AskingParts = Pick<LlmParts, 'routes' | 'upstreams' | 'retries' | 'limits' | 'clock' | 'restraints'>;

/**
 * The text of the model's answer.
 * @param slot - of the exchange it is asked for: its answer counts as that one's; whoever has bounded by other means how
 *   many are asked at once gives one that counts nothing
 * @param model - a name of `models`
 * @param timeout - for all tries together, milliseconds
 * @throws AncileError `not_found`, `frozen`, `request_invalid`, `upstream_*`
 */
export async function askModel(
  parts: AskingParts,
  slot: Pick<Slot, 'take'>,
  model: string,
  prompt: string,
  timeout: number,
): Promise<string> {
  const selected = parts.routes.select(model);
  if (selected === undefined) throw new AncileError('not_found', `no route serves "${model}"`, { at: 'model' });
  const { route } = selected;
  const speaks = ([surface]: (typeof WORDINGS)[number]): boolean => {
    const door = parts.upstreams.get(route.upstream)?.door;
    return door !== undefined && door.refuses(surface) === undefined;
  };
  const [surface, word] = WORDINGS.find(speaks) ?? WORDINGS[0]!;
  const affected = { route: selected.name, model };
  const whole = planTargets(route, parts.upstreams, surface, model, 'ask-model');
  const plan = notCutOff(parts.restraints, affected, whole, ({ door }) => door.name);
  const collector = new Collector(MAX_ANSWER, slot);
  return new Promise((resolve, reject) => {
    let status = 0;
    // Before anything is asked: what fails at once is told before `askUpstreams` returns.
    const timer = setTimeout(() => {
      flight.abort();
      end(() => reject(new AncileError('upstream_timeout', 'the model did not answer in time')));
    }, timeout);
    const flight = askUpstreams(
      {
        plan,
        ask: { surface, body: word(prompt), stream: false, headers: {} },
        why: 'first',
        repeatable: true,
        retries: parts.retries,
        answerTimeout: timeout,
        clock: parts.clock,
        observer: { asking() {}, asked() {} },
        mayAsk: ({ door }) => !isCutOff(parts.restraints, affected, door.name),
      },
      {
        head: (code) => void (status = code),
        data(chunk) {
          try {
            collector.add(chunk);
          } catch (thrown) {
            flight.abort();
            end(() => reject(thrown as Error));
          }
        },
        end: () =>
          end(() => {
            if (status !== 200) {
              reject(new AncileError('upstream_refused', `the model's upstream answered with status ${status}`));
              return;
            }
            const bounds = { maxBytes: MAX_ANSWER, what: "the model's answer", code: 'upstream_malformed' } as const;
            const { segments } = surface.readResponse(parseJson(collector.take(), bounds));
            resolve(
              segments
                .filter(({ channel }) => channel === 'output')
                .map(({ text }) => text)
                .join('\n'),
            );
          }),
        fail: (error) => end(() => reject(error)),
      },
    );
    function end(settle: () => void): void {
      clearTimeout(timer);
      try {
        settle();
      } catch (thrown) {
        reject(thrown as Error);
      }
    }
  });
}
