// What is wrong with a definition, besides what the detectors find in its texts: orders to the agent, text that cannot be
// seen, words about the tools of another server, and names that could be taken for others.
import { walkStrings } from '../../codec/index.ts';
import type { Finding, Segment } from '../../contract/index.ts';
import { findOrders } from '../../scan/index.ts';
import type { Definition } from './definitions.ts';
import type { KnownTools, NamedTool } from './look-alikes.ts';

const CHANNEL = 'tool_description' as const;
/** Tool Poisoning; Rogue and Shadow Servers; and what it comes to in an agent. */
const POISONING = ['MCP03:2025', 'ASI01', 'LLM01:2025'];
const IMPERSONATION = ['MCP03:2025', 'MCP09:2025', 'ASI04'];

/** Letters of the tag block, rows of characters without width, bytes in variation selectors, turned directions. */
const HIDDEN =
  /[\u{e0020}-\u{e007e}]{2,}|[\u200b\u200c\u2060-\u2064\u180e\u00ad\ufeff]{4,}|[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]{4,}|[\u202a-\u202e\u2066-\u2069]/gu;
/** The end of a flag of a region is spelled in tags as well. */
const FLAG = /\u{1f3f4}[\u{e0020}-\u{e007e}]{2,7}\u{e007f}/gu;

/** A name that is made of several words, and so is no word of a sentence by chance. */
const COMPOUND = /[_\-.]|[a-z0-9][A-Z]/;
/** Words that make a mention an order about the other tool. */
const DIRECTS =
  /\b(?:before|instead|rather than|always|never|must|do not|don't|first|whenever|when (?:using|calling)|after (?:using|calling)|replaces?|deprecated|only use|use this)\b/i;
const AROUND = 160;
/** Words, and names made of several; a full stop behind one is not of it. */
const WORD = /[\p{L}\p{N}_]+(?:[.-][\p{L}\p{N}_]+)*/gu;

type Found = Omit<Finding, 'detector' | 'channel'>;

/** The texts of a definition, as they reach a model. */
export function definitionSegments({ body }: Definition): Segment[] {
  const segments: Segment[] = [];
  walkStrings(body, (path, text) => segments.push({ path, channel: CHANNEL, origin: 'untrusted', text }));
  return segments;
}

function hiddenIn({ path, text }: Segment): Found[] {
  const plain = text.replace(FLAG, (flag) => '.'.repeat(flag.length));
  return [...plain.matchAll(HIDDEN)].map(({ index, 0: { length } }) => ({
    rule: 'mcp.hidden_text',
    class: 'obfuscation',
    severity: 'high',
    score: 0.9,
    start: index,
    end: index + length,
    evidence: `${length} units that cannot be seen`,
    techniques: POISONING,
    segment: path,
  }));
}

function ordersIn({ path, text }: Segment): Found[] {
  return findOrders(text).map(({ says, severity, start, end }) => ({
    rule: 'mcp.poisoning',
    class: 'injection',
    severity,
    // What is high is an attack wherever it stands; what is medium has been seen in honest words too.
    score: severity === 'high' ? 0.85 : 0.6,
    start,
    end,
    evidence: says,
    techniques: POISONING,
    segment: path,
  }));
}

/** Words about a tool of another server: at worst they tell the agent how to use that one. */
function mentionsIn({ path, text }: Segment, own: string, known: KnownTools): Found[] {
  const found: Found[] = [];
  for (const { index: start, 0: word } of text.matchAll(WORD)) {
    if (word.length < 6 || !COMPOUND.test(word)) continue;
    const server = known.foreignServer(word, own);
    if (server === undefined) continue;
    const end = start + word.length;
    const directs = DIRECTS.test(text.slice(Math.max(0, start - AROUND), end + AROUND));
    found.push({
      rule: 'mcp.shadowing',
      class: 'injection',
      severity: directs ? 'high' : 'medium',
      score: directs ? 0.85 : 0.6,
      start,
      end,
      evidence: `speaks of a tool of "${server}"`,
      techniques: POISONING,
      segment: path,
    });
  }
  return found;
}

function namesLike(tool: NamedTool, known: KnownTools): Found[] {
  const like = known.like(tool);
  if (like === undefined) return [];
  const same = like.how === 'same';
  const { server } = like.other;
  return [
    {
      rule: same ? 'mcp.name_collision' : 'mcp.look_alike',
      class: 'obfuscation',
      severity: same ? 'medium' : 'high',
      score: same ? 0.5 : 0.75,
      start: 0,
      end: tool.name.length,
      evidence: same ? `"${server}" has a tool of this name` : `reads like a tool of "${server}"`,
      techniques: IMPERSONATION,
      segment: '/name',
    },
  ];
}

/** What is found in a definition beside what the detectors find. */
export function inspectDefinition(definition: Definition, server: string, known: KnownTools): Finding[] {
  const found = definitionSegments(definition).flatMap((segment) => [
    ...hiddenIn(segment),
    ...ordersIn(segment),
    ...mentionsIn(segment, server, known),
  ]);
  if (definition.kind === 'tool') found.push(...namesLike({ server, name: definition.name }, known));
  return found.map((each) => ({ ...each, detector: 'mcp', channel: CHANNEL }));
}
