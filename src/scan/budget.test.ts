import { expect, it } from 'vitest';
import { Budget, boundsFor } from './budget.ts';

const small = { steps: 1000, inflated: 10_000, members: 10, depth: 2 };

it('ends with the steps, the bytes, the members or the depth, whichever is first', () => {
  expect(() => new Budget(small).step(1001)).toThrow('more than 1000 steps');
  expect(() => new Budget(small).inflate(10_001)).toThrow('expands to more than');
  expect(() => new Budget(small).member(3)).toThrow('nested more than 2 deep');
  const budget = new Budget({ ...small, steps: 1e6 });
  for (let count = 0; count < 10; count++) budget.member(1);
  expect(() => budget.member(1)).toThrow('more than 10 members');
});

it('counts decompression and members as work: a thousand bombs end with the first ones', () => {
  const budget = new Budget({ ...small, inflated: Infinity, members: Infinity });
  const unpack = (): void => {
    for (let count = 0; count < 1000; count++) budget.inflate(12_800);
  };
  expect(unpack).toThrow('more than 1000 steps');
  expect(() => budget.member(1)).toThrow('more than 1000 steps');
  const slow = new Budget({ ...small, inflated: Infinity });
  expect(() => slow.inflate(12_800, 20)).toThrow('more than 1000 steps');
});

it('counts what is done already, and stops whoever goes on', () => {
  const budget = new Budget(small);
  budget.owe(2000);
  expect(() => budget.step()).toThrow('more than 1000 steps');
});

it('gives a file of many gigabytes more than one of a hundred megabytes', () => {
  expect(boundsFor(1e8).steps).toBe(boundsFor(10).steps);
  expect(boundsFor(1e10).steps).toBe(100 * boundsFor(10).steps);
});
