// The labels of the classifiers there are, and what is said where a name says nothing.
import { expect, it } from 'vitest';
import { chooseLabels } from './labels.ts';

it('knows the labels of common models by their names', () => {
  expect(chooseLabels(['SAFE', 'INJECTION'], undefined)).toEqual([1]);
  expect(chooseLabels(['BENIGN', 'INJECTION', 'JAILBREAK'], undefined)).toEqual([1, 2]);
  expect(chooseLabels(['jailbreak', 'benign'], undefined)).toEqual([0]);
  expect(chooseLabels(['no injection', 'injection'], undefined)).toEqual([1]);
  expect(chooseLabels(['score'], undefined)).toEqual([0]);
});

it('takes those that are named, and asks for names where it must', () => {
  expect(chooseLabels(['LABEL_0', 'LABEL_1'], ['LABEL_1'])).toEqual([1]);
  expect(() => chooseLabels(['LABEL_0', 'LABEL_1'], undefined)).toThrow(/LABEL_0, LABEL_1/);
  expect(() => chooseLabels(['SAFE', 'INJECTION'], ['ATTACK'])).toThrow('the model has no label "ATTACK"');
  expect(() => chooseLabels(['SAFE', 'INJECTION'], ['SAFE', 'INJECTION'])).toThrow('not every label');
});
