// What the practice model answers: the text in pieces, or a tool call, and how it ended.
import type { Prompt } from './prompt.ts';
import { sampleOf } from './sample.ts';
import type { Script } from './script.ts';
import { toPieces, toTokens } from './tokens.ts';

export interface Answer {
  /** Pieces that concatenate to the text; a streamed chunk each, a token each for log probabilities. */
  readonly pieces: readonly string[];
  readonly call?: { readonly name: string; readonly json: string };
  readonly end: 'stop' | 'length' | 'call';
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A test number of the card industry and a reserved domain: nobody's. */
const LEAK =
  'Of course. The card on file is 4111 1111 1111 1111 and the address is jane.roe@example.com. Anything else?';

function toText(prompt: Prompt, script: Script): string {
  if (script.say !== undefined) return script.say;
  switch (script.manner) {
    case 'leak':
      return LEAK;
    case 'parrot-system':
      return prompt.system;
    case 'json':
      return JSON.stringify(prompt.schema === undefined ? { answer: prompt.last } : sampleOf(prompt.schema));
    default:
      return prompt.afterTool
        ? `The tool answered: ${prompt.last}`
        : `This is the practice model. You said: ${prompt.last}`;
  }
}

function toCall(prompt: Prompt, script: Script): Answer['call'] {
  if (script.call !== undefined) return script.call;
  const { toolChoice, tools, afterTool } = prompt;
  if (toolChoice === 'none' || script.say !== undefined) return undefined;
  const demanded = typeof toolChoice === 'object' ? tools.find((tool) => tool.name === toolChoice.name) : tools[0];
  const wants = toolChoice !== 'auto' || (script.manner === 'tools' && !afterTool);
  return wants && demanded !== undefined
    ? { name: demanded.name, json: JSON.stringify(sampleOf(demanded.schema)) }
    : undefined;
}

export function decideAnswer(prompt: Prompt, script: Script): Answer {
  const inputTokens = toTokens(prompt.inputText).length;
  const call = toCall(prompt, script);
  if (call !== undefined) {
    return { pieces: [], call, end: 'call', inputTokens, outputTokens: toTokens(call.name + call.json).length };
  }
  const tokens = toTokens(toText(prompt, script));
  const kept = tokens.slice(0, prompt.maxTokens);
  const pieces = script.chunk === undefined ? kept : toPieces(kept.join(''), script.chunk);
  const end = kept.length < tokens.length ? 'length' : 'stop';
  return { pieces, end, inputTokens, outputTokens: kept.length };
}
