// Text in a model's metadata that acts where it is shown, rendered or run: markup with scripts, templates, code. Descriptions,
// prompts and settings of training speak of importing and evaluating; only what would work is told.
import { JinjaBroken, parseJinja } from '../../reader/index.ts';
import type { Look } from '../format.ts';
import { MemorySource } from '../source.ts';
import { codedIn } from './embedded.ts';
import { TemplateJudge } from './jinja/judge.ts';
import { Renderer } from './jinja/render.ts';
import { Scope } from './jinja/scope.ts';

/** Of a longer text the rest is not looked at. */
const MOST = 4 << 20;

interface Sign {
  readonly pattern: RegExp;
  readonly what: string;
  readonly severity?: 'medium';
}

const SIGNS: readonly Sign[] = [
  { pattern: /<script[\s>/]/i, what: 'a script of a web page' },
  {
    pattern:
      /<(?:img|svg|body|iframe|video|audio|input|details|object|embed|marquee|a|div|math|style|link)\b[^<>]{0,400}?\son[a-z]{3,20}\s*=/i,
    what: 'markup with an event handler',
  },
  {
    pattern: /(?:href|src|action|data)\s*=\s*["']?\s*(?:javascript|vbscript|data:text\/html)\s*:?/i,
    what: 'a link that runs a script',
  },
  {
    pattern: /<(?:object|embed|applet|meta\s+http-equiv|base\s+href)\b/i,
    what: 'markup that loads other content',
    severity: 'medium',
  },
  { pattern: /<iframe\b[^<>]{0,400}\bsrcdoc\s*=/i, what: 'a page within a page' },
  { pattern: /\bjavascript:\s*[a-z$_(]/i, what: 'an address that runs a script', severity: 'medium' },
  { pattern: /\$\{(?:jndi|\$\{|env:|sys:|lower:|script:)/i, what: 'a lookup of Log4j' },
  { pattern: /<!ENTITY\s|<!DOCTYPE\s[^>]{0,200}\bSYSTEM\b/i, what: 'an external entity of XML' },
  {
    pattern:
      /\b__import__\s*\(|\b(?:os\.(?:system|popen|exec[lv]p?e?|spawn[lv]p?e?)|subprocess\.(?:run|call|Popen|check_output|check_call|getoutput)|builtins\.(?:eval|exec)|importlib\.import_module|marshal\.loads|pickle\.loads)\s*\(/,
    what: 'code of Python',
  },
  {
    pattern:
      /\b(?:eval|exec)\s*\(\s*(?:base64|compile|bytes|zlib|codecs|requests|urllib|open|input|__|["'](?:import|__))/,
    what: 'code of Python',
  },
  {
    pattern: /(?:^|[;&|\s`(])(?:curl|wget)\s[^|\n]{0,300}\|\s*(?:ba|z|da)?sh\b/,
    what: 'a command that runs what it fetches',
  },
  {
    pattern: /\/dev\/tcp\/|\bnc\s+-[a-z]*e\b|\bbash\s+-i\s*[>&]|powershell(?:\.exe)?\s+-e(?:nc|ncodedcommand)?\b/i,
    what: 'a command of an attack',
  },
  { pattern: /!!python\/(?:object|name|module)/, what: 'an object of Python in YAML' },
  { pattern: /<\?php\b|<%[=@]?\s*(?:Runtime|eval|exec|request)/i, what: 'code of a web server' },
  {
    pattern: /#\{[^{}]{0,80}(?:`|system|exec|T\(java)|\$\{\s*T\(java|\bRuntime\.getRuntime\s*\(\)/,
    what: 'an expression that runs code',
  },
  { pattern: /\x1b[[\]P]/, what: 'commands to the terminal that shows it', severity: 'medium' },
];

const LEADS_OUT = new Set(['jinja.escape', 'jinja.command', 'jinja.computed', 'jinja.format']);

/** Where a template in a text reaches out of itself; prompts are full of braces that are none. */
function template(text: string, at: number, rule: string, where: string, look: Look): void {
  if (!/\{[{%]/.test(text) || !/__|\|\s*attr|popen|lipsum|cycler/.test(text)) return;
  const quiet: Look = {
    ...look,
    budget: look.budget,
    unseen: () => undefined,
    report: (found, { message, severity }) => {
      if (!LEADS_OUT.has(found) || severity === 'medium') return;
      look.report(rule, { message: `${where}: ${message}`, capability: 'execute', offset: at, evidence: text });
    },
  };
  try {
    new Renderer(new TemplateJudge(text, quiet, true), new Scope(look.budget)).run(parseJinja(text));
  } catch (thrown) {
    if (!(thrown instanceof JinjaBroken)) throw thrown;
  }
}

/**
 * Looks at one text of a model's metadata.
 * @param at - byte offset of the text within the source
 * @param rule - id of the rule that it is reported under
 * @param where - how the message begins: `the metadata "description"`
 */
export function lookAtText(text: string, at: number, rule: string, where: string, look: Look): void {
  const piece = text.length > MOST ? text.slice(0, MOST) : text;
  look.budget.step(1 + (piece.length >> 2));
  for (const { pattern, what, severity } of SIGNS) {
    const found = pattern.exec(piece);
    if (found === null) continue;
    look.report(rule, {
      message: `${where} holds ${what}`,
      capability: 'execute',
      offset: at,
      evidence: piece.slice(Math.max(0, found.index - 10), found.index + 150),
      ...(severity === undefined ? {} : { severity }),
    });
  }
  template(piece, at, rule, where, look);
  const coded = codedIn(piece);
  if (coded !== undefined) {
    look.report(rule, {
      message: `${where} holds ${coded.what} in base64`,
      capability: coded.what === 'a pickle' ? 'deserialize' : 'execute',
      severity: 'medium',
      offset: at,
      evidence: piece.slice(coded.at, coded.at + 100),
    });
    if (coded.what === 'a pickle' || coded.what === 'a zip archive') {
      look.member(`${where} (base64)`, new MemorySource(coded.bytes));
    }
  }
}
