import { describe, expect, it } from 'vitest';
import { alarms, scanBytes } from '../../testing/configs.ts';
import { expandedSize } from './xml-entities.ts';

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';
const pmml = (inner = '', type = ''): string =>
  `${HEAD}${type}<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header copyright="me"/>${inner}</PMML>`;
const net = (inner = '', type = ''): string =>
  `${HEAD}${type}<net name="m" version="11"><layers><layer id="0" name="a" type="Parameter" version="opset1"/>${inner}</layers></net>`;
const data = (offset: string, size = '4'): string =>
  `<layer id="1" name="b" type="Const"><data element_type="f32" shape="1" offset="${offset}" size="${size}"/></layer>`;

describe('a model in XML is clean', () => {
  it.each([
    ['as PMML', pmml('<RegressionModel functionName="regression"/>'), 'pmml'],
    ['as OpenVINO', net(data('0') + data('4096', '1024')), 'openvino'],
    ['with a comment in front', `<!-- made by hand -->\n${pmml().slice(HEAD.length)}`, 'pmml'],
    ['with entities of its own', pmml('&me;', '<!DOCTYPE PMML [<!ENTITY me "My company">]>'), 'pmml'],
    ['with functions of the standard', pmml('<Apply function="lowercase"><FieldRef field="x"/></Apply>'), 'pmml'],
    ['with extensions', pmml('<Extension name="path" value="a"/>'), 'pmml'],
    ['with its schema', pmml('', '<?xml-stylesheet href="style.xsl"?>'), 'pmml'],
    ['in UTF-16', Buffer.from(`\ufeff${pmml().replace('UTF-8', 'UTF-16')}`, 'utf16le'), 'pmml'],
    ['with a document type that is told in a comment', pmml('', '<!-- <!DOCTYPE a SYSTEM "file:///x"> -->'), 'pmml'],
  ])('%s', (_, text, format) => {
    expect(scanBytes('model.xml', text)).toMatchObject({ format, verdict: 'clean', findings: [], unseen: [] });
  });
});

describe('what a reader would fetch is found', () => {
  it.each([
    ['an entity', '<!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]>'],
    ['a public entity', '<!DOCTYPE PMML [<!ENTITY x PUBLIC "a" "http://example.com/x">]>'],
    ['a parameter entity', '<!DOCTYPE PMML [<!ENTITY % x SYSTEM "http://example.com/x.dtd"> %x;]>'],
    ['a document type', '<!DOCTYPE PMML SYSTEM "http://example.com/x.dtd">'],
    ['a document type behind much room', `<!DOCTYPE PMML${' '.repeat(5000)}SYSTEM "http://example.com/x.dtd">`],
    ['a document type behind a comment', '<!-- a --><!DOCTYPE PMML SYSTEM "http://example.com/x.dtd">'],
    ['a stylesheet', '<?xml-stylesheet type="text/xsl" href="http://example.com/x.xsl"?>'],
  ])('%s', (_, type) => {
    expect(alarms('model.pmml', pmml('', type))).toEqual(['high xml.external']);
    expect(alarms('model.xml', net('', type))).toEqual(['high xml.external']);
    // In either order of bytes.
    const wide = Buffer.from(`\ufeff${pmml('', type)}`, 'utf16le');
    expect(alarms('model.pmml', wide)).toEqual(['high xml.external']);
    expect(alarms('model.pmml', wide.swap16())).toEqual(['high xml.external']);
  });

  it('by XInclude, and at its place', () => {
    const text = pmml(
      '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>',
    );
    expect(scanBytes('m.pmml', text).findings).toMatchObject([
      { rule: 'xml.external', severity: 'high', offset: text.indexOf('<xi:include') },
    ]);
  });
});

describe('entities that grow without bounds are found', () => {
  const laughs = (levels: number, times: number): string =>
    `<!DOCTYPE PMML [<!ENTITY a0 "lol">${Array.from({ length: levels }, (_, at) => `<!ENTITY a${at + 1} "${`&a${at};`.repeat(times)}">`).join('')}]>`;
  it.each([
    ['made of each other', laughs(9, 10), '&a9;'],
    ['two at a time', laughs(30, 2), '&a30;'],
    ['in single quotes', laughs(9, 10).replaceAll('"', "'"), '&a9;'],
    ['one that is long, many times', `<!DOCTYPE PMML [<!ENTITY a "${'x'.repeat(20_000)}">]>`, '&a;'.repeat(1000)],
    ['one that holds itself', '<!DOCTYPE PMML [<!ENTITY a "&b;"><!ENTITY b "&a;">]>', '&a;'],
  ])('%s', (_, type, body) => {
    expect(alarms('model.pmml', pmml(body, type))).toEqual(['high xml.expansion']);
  });

  it('without being expanded, however long the chain', () => {
    const chain = Array.from({ length: 9_000 }, (_, at) => `<!ENTITY a${at} "&a${at + 1};">`).join('');
    expect(expandedSize(`<!DOCTYPE x [${chain}<!ENTITY a9000 "end">]>`, '&a0;')).toBeGreaterThan(3);
    expect(expandedSize('<!DOCTYPE x [<!ENTITY a "four">]>', '&a;&a;')).toBe(8);
  });
});

describe('code is found', () => {
  it.each([
    ['a layer of Python', net('<layer id="9" name="p" type="Python" version="extension"/>'), 'openvino.layer'],
    ['behind an attribute with a bracket', net('<layer name="a>b" type="PythonOp"/>'), 'openvino.layer'],
    ['a layer that runs commands', net('<layer name="a" type="ShellExec"/>'), 'openvino.layer'],
    ['a library', net('<extension path="./libevil.so"/>'), 'openvino.layer'],
    ['a function of Java', pmml('<Apply function="java.lang.Runtime.exec"/>'), 'xml.code'],
    ['a namespace of Java', pmml('<x xmlns:rt="http://xml.apache.org/xalan/java/java.lang.Runtime"/>'), 'xml.code'],
    ['a script of a stylesheet', pmml('<msxsl:script language="C#">x</msxsl:script>'), 'xml.code'],
  ])('%s', (_, text, rule) => {
    expect(alarms('model.xml', text)).toEqual([`high ${rule}`]);
  });

  it('in its texts', () => {
    expect(alarms('m.pmml', pmml('<Extension name="run" value="__import__(&apos;os&apos;)"/>'))).toEqual([
      'high graph.active',
    ]);
  });
});

it('is found to have its numbers where no file has them', () => {
  expect(alarms('model.xml', net(data('-4096')))).toEqual(['medium openvino.malformed']);
  expect(alarms('model.xml', net(data('0', '18446744073709551615')))).toEqual(['medium openvino.malformed']);
});

it('says what it does not read', () => {
  expect(scanBytes('model.xml', pmml().replace('UTF-8', 'UTF-7')).unseen).toEqual([
    { reason: 'the encoding UTF-7 is not read' },
  ]);
});

it('takes no time for what begins again and again', () => {
  const pieces = ['<!--', '<!DOCTYPE a ', '<!ENTITY a "', '<layer ', '<data ', '<net ', '<Apply ', '<xi:include '];
  const start = process.cpuUsage();
  for (const piece of pieces) scanBytes('model.xml', net(piece.repeat(100_000 / piece.length)));
  expect((process.cpuUsage(start).user + process.cpuUsage(start).system) / 1000).toBeLessThan(4000);
});
