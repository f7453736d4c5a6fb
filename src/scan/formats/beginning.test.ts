// What stands in front of the content so that nobody sees what it is: white space, comments, one endless line.
import { expect, it } from 'vitest';
import { lookAt } from '../testing/look.ts';
import { writeZip } from '../testing/zip.ts';

const verdictOf = (text: string, name: string): string => lookAt(Buffer.from(text, 'latin1'), name).verdict;
const blank = ' '.repeat(9000);
const lambda = JSON.stringify({
  class_name: 'Lambda',
  config: { function: { class_name: '__lambda__', config: { code: '4wAA' } } },
});

it('passes over white space in front of JSON, and between its first signs', () => {
  expect(verdictOf(`${blank}{"_target_":"os.system"}`, 'config.json')).toBe('malicious');
  expect(verdictOf(`{${blank}"_target_":"os.system"}`, 'config.json')).toBe('malicious');
  expect(verdictOf(`${'\n'.repeat(4090)}{"_target_":"os.system"}`, 'config')).toBe('malicious');
});

it('finds the code of a Keras model behind white space', () => {
  const keras = writeZip([
    { name: 'metadata.json', content: Buffer.from('{}') },
    { name: 'config.json', content: Buffer.from(`${blank}${lambda}`) },
  ]);
  expect(lookAt(keras, 'model.keras').verdict).toBe('malicious');
});

it('does not call a text clean of which it sees white space only', () => {
  expect(verdictOf(`${' '.repeat(2 << 20)}{"_target_":"os.system"}`, 'config.json')).toBe('unanalyzed');
  expect(verdictOf(blank, 'notes.txt')).toBe('clean');
});

it('passes over long comments in front of XML', () => {
  const type = '<!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]><PMML>&x;</PMML>';
  expect(verdictOf(`<!-- ${'a'.repeat(9000)} -->${type}`, 'model.pmml')).toBe('malicious');
  expect(verdictOf(`${blank}${type}`, 'model.pmml')).toBe('malicious');
  expect(verdictOf(`<!-- ${'a'.repeat(2 << 20)} -->${type}`, 'model.pmml')).toBe('malicious');
});

it('follows a pickle behind a text of one endless line, whatever it is called', () => {
  const call = "0cos\nsystem\n(S'echo x'\ntR.";
  const words = 'a b '.repeat(400_000);
  for (const name of ['model.pkl', 'model.bin', 'notes.txt']) {
    expect(verdictOf(`V${words}\n${call}`, name)).toBe('malicious');
    expect(verdictOf(`S'${words}'\n${call}`, name)).toBe('malicious');
  }
});
