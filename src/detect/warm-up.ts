// Makes V8 compile what it would else compile within the first requests.
import type { Channel, Direction } from '../contract/index.ts';
import type { DetectContext, Detector } from './detector.ts';
import { createView } from './view.ts';

const CHANNELS: readonly (readonly [Channel, Direction])[] = [
  ['user', 'input'],
  ['tool_result', 'input'],
  ['output', 'output'],
];

/** Ordinary words with something of most that detectors look at: signs, numbers, an address, an encoding. */
const TEXT =
  'Please read the note of 4 March 2024 (call +1 201 555 0123, or write to a.b@example.com) and see ' +
  'https://example.com/a?q=1 or ![x](https://example.org/y.png); key = "x", password: none, <b>bold</b>, ' +
  '10.0.0.1, aGVsbG8gdGhlcmUsIGZyaWVuZA==, h3llo, %41, i g n o r e, and the rest of it.\n- one\n- two\n';

function contextOf(channel: Channel, direction: Direction): DetectContext {
  return {
    channel,
    direction,
    systemPrompts: ['Answer in one short paragraph and be kind to whoever asks.'],
    canaries: [],
    knownHosts: new Set(),
  };
}

/**
 * Judges a throw-away text in plain ASCII and one in wider characters by every detector, and compiles the patterns of
 * those that can be asked to. What the first requests of a process would wait for, it waits for at its start.
 */
export function warmUp(detectors: readonly Detector[]): void {
  for (const detector of detectors) detector.warmUp?.();
  for (const [channel, direction] of CHANNELS) {
    const context = contextOf(channel, direction);
    for (const text of [TEXT, `${TEXT} “日本”`]) {
      const view = createView(text);
      for (const detector of detectors) {
        if (!detector.appliesTo(channel, direction)) continue;
        detector.inspect(view, context);
        detector.openFrom?.(view, context);
      }
    }
  }
}
