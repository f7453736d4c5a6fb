import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import { childText, escapeXml, parseXml } from './xml.ts';

const read = (text: string) => parseXml(Buffer.from(text), { what: 'the answer' });

it('reads elements, their text, and nothing of namespaces, comments and attributes', () => {
  const root = read(`\ufeff<?xml version="1.0"?>
    <!-- a --> <s:List xmlns:s="http://x" a='1'><Key>a&amp;b&#x20ac;&#65;</Key><Key/><Deep><Key><![CDATA[<x>&amp;]]></Key></Deep ></s:List>`);
  expect([root.name, childText(root, 'Key')]).toEqual(['List', 'a&b€A']);
  expect(root.children.map(({ name, text }) => [name, text])).toEqual([
    ['Key', 'a&b€A'],
    ['Key', ''],
    ['Deep', ''],
  ]);
  expect(childText(root.children[2]!, 'Key')).toBe('<x>&amp;');
});

it.each([
  '',
  'text',
  '<a>',
  '<a></b>',
  '</a>',
  '<a/><b/>',
  '<a/>x',
  '<a>&own;</a>',
  '<a>&amp</a>',
  '<a>&#0;</a>',
  '<a>&#x110000;</a>',
  '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
  '<a><!ELEMENT></a>',
  '<a b=c></a>',
  '<a',
  '<a><!-- ',
  '<a><![CDATA[',
  '<a>'.repeat(30) + '</a>'.repeat(30),
])('refuses %s', (text) => {
  expect(() => read(text)).toThrow(AncileError);
});

it('has bounds on elements, and reads bytes that are UTF-8', () => {
  const many = `<a>${'<b/>'.repeat(11)}</a>`;
  expect(() => parseXml(Buffer.from(many), { what: 'x', maxElements: 10 })).toThrow(AncileError);
  expect(() => parseXml(Buffer.from([0x3c, 0x61, 0xff, 0x2f, 0x3e]), { what: 'x' })).toThrow(AncileError);
});

it('reads back what it escapes, whatever the text', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 50 }), (points) => {
      const text = String.fromCodePoint(...points);
      const again = read(`<a>${escapeXml(text)}</a>`).text;
      // What XML cannot hold is all that is lost.
      expect(again).toBe(text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?'));
    }),
  );
});

it('answers anything that comes', () => {
  const piece = fc.constantFrom('<', '>', '/', 'a', '&', ';', '"', '=', ' ', '<!', '--', ']]>', '<?', '?>', 'x:');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      try {
        read(pieces.join(''));
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(AncileError);
      }
    }),
  );
});
