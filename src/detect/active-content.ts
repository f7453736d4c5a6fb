// Active content: what a browser, a terminal or a spreadsheet would run instead of show.
import type { Severity, TextFinding } from '../contract/index.ts';
import type { Detector } from './detector.ts';
import { maskEvidence } from './evidence.ts';
import { leastOpen, settledText, type SettledText } from './open-end.ts';
import { toPartialPattern } from './partial.ts';

interface Form {
  readonly rule: string;
  /** Characters that begin it, as a class of a regular expression. */
  readonly starts: string;
  /** Sticky, on lower case, bounded by `REACH`. */
  readonly pattern: RegExp;
  /** Where the pattern is open at the end of a text. */
  readonly partial: RegExp;
  readonly severity: Severity;
  readonly score: number;
}

const REACH = 240;
const LOOKBEHIND = 8;
const TAG_REST = '[^<>]{0,160}>?';

// Markup in an answer is often an example in a code block, which only unbounded look-back could tell: so what is
// ordinary there is low or medium, and high is left for what is never shown as an example by accident.
const FORMS: readonly Form[] = [
  form('script_tag', '<', `<\\s{0,2}script(?![a-z0-9-])${TAG_REST}`, 'medium', 0.7),
  form('event_handler', '<', '<[a-z][^<>]{0,120}[\\s/"\']on[a-z]{3,20}\\s{0,2}=[^<>]{0,80}>?', 'medium', 0.75),
  form(
    'script_url',
    '<',
    '<[a-z][^<>]{0,100}=\\s{0,2}["\']?\\s{0,4}(?:javascript|vbscript):[^<>]{0,80}>?',
    'high',
    0.85,
  ),
  form(
    'embed_tag',
    '<',
    `<(?:iframe|object|embed|applet|frame|frameset|base|portal)(?![a-z0-9-])${TAG_REST}`,
    'medium',
    0.6,
  ),
  form('form_tag', '<', '<form(?![a-z0-9-])[^<>]{0,100}\\saction\\s{0,2}=[^<>]{0,80}>?', 'low', 0.4),
  form('meta_refresh', '<', '<meta[^<>]{0,60}http-equiv\\s{0,2}=\\s{0,2}["\']?refresh[^<>]{0,120}>?', 'medium', 0.75),
  form(
    'markdown_script',
    '\\]',
    '\\]\\(\\s{0,4}<?(?:javascript|vbscript|data:text/html|data:image/svg)[:;,][^\\s)]{0,160}',
    'high',
    0.9,
  ),
  form(
    'data_url',
    'd',
    'data:(?:text/html|application/xhtml\\+xml|image/svg\\+xml|text/javascript)[;,][^\\s"\'<>)]{0,160}',
    'medium',
    0.6,
  ),
  form(
    'terminal_osc',
    '\\x1b\\x9d',
    '(?:\\x1b\\]|\\x9d)[0-9]{1,4};[^\\x07\\x1b\\x9c\\r\\n]{0,200}(?:\\x07|\\x1b\\\\|\\x9c)?',
    'high',
    0.9,
  ),
  form('terminal_dcs', '\\x1b\\x90', '(?:\\x1b[px^_]|\\x90)[^\\x1b\\x9c\\r\\n]{0,200}', 'high', 0.8),
  form('terminal_style', '\\x1b\\x9b', '(?:\\x1b\\[|\\x9b)[0-9;:]{0,40}m', 'low', 0.4),
  form('terminal_control', '\\x1b\\x9b', '(?:\\x1b\\[|\\x9b)[0-?]{0,40}[ -/]{0,4}[@-ln-~]|\\x1bc', 'medium', 0.8),
  form(
    'spreadsheet_command',
    '=+@-',
    '(?<=^|[\\n\\r,;\\t|"])[=+@-][ \\t]{0,16}[^\\s|]{0,60}(?:cmd|powershell|mshta|msexcel|rundll32|regsvr32)[^\\n\\r|]{0,20}\\|[^\\n\\r]{1,120}',
    'high',
    0.9,
  ),
  form(
    'spreadsheet_formula',
    '=+@-',
    '(?<=^|[\\n\\r,;\\t|"])[=+@-]{1,2}\\s{0,2}(?:hyperlink|webservice|importxml|importdata|importhtml|importfeed|importrange|image|dde|call|register|exec|filterxml|rtd)\\s{0,2}\\([^\\n\\r]{0,160}',
    'medium',
    0.7,
  ),
  form('spreadsheet_formula', '=+@-', '(?<=^|[\\n\\r])@(?:sum|avg|if|and|or|count)\\([^\\n\\r]{0,120}', 'low', 0.4),
];

function form(name: string, starts: string, source: string, severity: Severity, score: number): Form {
  const partial = new RegExp(toPartialPattern(source), 'y');
  return { rule: `active_content.${name}`, starts, pattern: new RegExp(source, 'y'), partial, severity, score };
}

const GATE = /[<\x1b\x90\x9b\x9d\]=+@:-]/g;
/** The forms that a character begins, by its code. */
const BY_START: readonly (readonly Form[])[] = Array.from({ length: 256 }, (_, code) =>
  FORMS.filter((entry) => new RegExp(`[${entry.starts}]`).test(String.fromCharCode(code))),
);
const formsAt = (text: string, at: number): readonly Form[] => BY_START[text.charCodeAt(at)] ?? [];

/** Where a form begins whose sign stands at `index`; -1 where the sign means nothing there. */
function placeOf(text: string, index: number): number {
  switch (text[index]) {
    case ':':
      return text.startsWith('data:', index - 4) && index >= 4 ? index - 4 : -1;
    case ']':
      return text[index + 1] === '(' ? index : -1;
    case '=':
    case '+':
    case '@':
    case '-':
      return index === 0 || '\n\r,;\t|"'.includes(text[index - 1]!) ? index : -1;
    default:
      return index;
  }
}

const TECHNIQUES = ['LLM05:2025', 'AML.T0077'];

/** A data address whose colon has not come. */
const DATA_BEGINNING = /d(?:a(?:ta?)?)?$/;

/** Where a form that is still being written starts; the text's end where none is. */
function openFrom({ lower, length }: SettledText): number {
  const least = leastOpen(length, REACH);
  const isOpenAt = (at: number): boolean =>
    at >= least &&
    formsAt(lower, at).some(({ partial }) => {
      partial.lastIndex = at;
      return partial.test(lower);
    });
  GATE.lastIndex = least;
  for (let hit = GATE.exec(lower); hit !== null; hit = GATE.exec(lower)) {
    const at = lower[hit.index] === ']' ? hit.index : placeOf(lower, hit.index);
    if (at >= 0 && isOpenAt(at)) return at;
  }
  return DATA_BEGINNING.exec(lower)?.index ?? length;
}

/** Scripts, terminal sequences and spreadsheet formulas in an answer. */
export const activeContentDetector: Detector = {
  id: 'active_content',
  version: '2',
  classes: ['active_content'],
  reach: REACH,
  lookbehind: LOOKBEHIND,
  usesContext: false,
  appliesTo: (_channel, direction) => direction === 'output',
  openFrom: (view) => openFrom(settledText(view)),
  inspect(view) {
    const text = view.lower;
    const findings: TextFinding[] = [];
    GATE.lastIndex = 0;
    for (let hit = GATE.exec(text); hit !== null; hit = GATE.exec(text)) {
      const at = placeOf(text, hit.index);
      if (at < 0) continue;
      for (const entry of formsAt(text, at)) {
        entry.pattern.lastIndex = at;
        if (!entry.pattern.test(text)) continue;
        const until = entry.pattern.lastIndex;
        const [start, end] = view.toOriginal(at, until);
        findings.push({
          rule: entry.rule,
          class: 'active_content',
          severity: entry.severity,
          score: entry.score,
          start,
          end,
          evidence: maskEvidence(view.folded.slice(at, until)),
          techniques: TECHNIQUES,
        });
      }
    }
    return findings;
  },
};
