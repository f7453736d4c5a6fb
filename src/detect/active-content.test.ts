// Active content: markup, terminal sequences and formulas are found; prose about them is not.
import { expect, it } from 'vitest';
import { activeContentDetector } from './active-content.ts';
import { checkBounds } from './testing/bounds.ts';
import { createView } from './view.ts';
import { plainView, testContext } from './testing/plain-view.ts';

const find = (text: string) => activeContentDetector.inspect(plainView(text), testContext());

const POSITIVE: readonly (readonly [rule: string, text: string])[] = [
  ['script_tag', '<script src=x>'],
  ['script_tag', '<ScRiPt>alert(1)</script>'],
  ['event_handler', '<img src=x onerror=alert(1)>'],
  ['event_handler', '<svg/onload=alert(1)>'],
  ['script_url', '<a href="javascript:alert(1)">'],
  ['embed_tag', '<iframe src="//x">'],
  ['form_tag', '<form method=post action="https://x">'],
  ['meta_refresh', '<meta http-equiv="refresh" content="0;url=//x">'],
  ['markdown_script', '[x](javascript:alert(1))'],
  ['markdown_script', '[x](data:text/html;base64,AAAA)'],
  ['data_url', 'open data:text/html,<b>'],
  ['terminal_osc', '\x1b]8;;https://x\x1b\\'],
  ['terminal_osc', '\x1b]52;c;aGk=\x07'],
  ['terminal_dcs', '\x1bP1$r'],
  ['terminal_style', '\x1b[31m'],
  ['terminal_control', '\x1b[2J'],
  ['spreadsheet_command', "=cmd|' /C calc'!A0"],
  ['spreadsheet_formula', 'a,=HYPERLINK("https://x","y")'],
  ['spreadsheet_formula', '\n@SUM(A1)'],
];

it.each(POSITIVE)('%s: %j', (rule, text) => {
  expect(find(text).map((found) => found.rule)).toContain(`active_content.${rule}`);
});

it.each([
  ['terminal_osc', 'x\u009d52;c;aGk=\x07'],
  ['terminal_osc', 'x\x1b]52;c;aGk=\x07 and on'],
  ['terminal_dcs', 'x\u0090$q'],
  ['terminal_control', 'x\u009b2J'],
])('%s: %j, folded too', (rule, text) => {
  const found = activeContentDetector.inspect(createView(text), testContext());
  expect(found.map((each) => [each.rule, each.start])).toContainEqual([`active_content.${rule}`, 1]);
});

it('takes a command behind a few words of a list for prose', () => {
  expect(find('- run it in cmd | sort')).toEqual([]);
  expect(find('=    cmd|x')).toHaveLength(1);
  expect(find("@SUM(1+1)*cmd|' /C calc'!A0")[0]?.rule).toBe('active_content.spreadsheet_command');
});

it.each([
  'a < b and c > d',
  'use <strong>care</strong> and <a href="/x">links</a>',
  '- a list item (with brackets)\n= a heading',
  'write javascript: it is fun',
  'on mouse over = nothing',
  'the metadata: text is here',
  '<scripture>',
])('lets pass: %s', (text) => {
  expect(find(text)).toEqual([]);
});

it('finds in pieces what it finds whole', () => {
  const fragments = [
    ...POSITIVE.map(([, text]) => text),
    '<',
    '>',
    '<a ',
    ' on',
    'click=',
    '\n',
    '=',
    '](',
    'javascript:',
    '\x1b',
    '[',
    'y'.repeat(150),
  ];
  expect(checkBounds(activeContentDetector, { fragments, runs: 150 })).toBeGreaterThan(80);
});
