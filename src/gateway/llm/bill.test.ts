import { expect, it } from 'vitest';
import { Bill } from './bill.ts';

const ESTIMATE = { inputTokens: 100, outputTokens: 1000 };
const DEAR = { input: 10, output: 20 };
const CHEAP = { input: 1, output: 2 };

it('is nothing where nobody was asked', () => {
  expect(new Bill(false, ESTIMATE).total()).toEqual({
    inputTokens: 0,
    outputTokens: 0,
    costMicros: 0,
    estimated: false,
  });
});

it('is what the upstream says last, at its price', () => {
  const bill = new Bill(true, ESTIMATE);
  bill.begin(CHEAP);
  bill.note({ inputTokens: 90, outputTokens: 1 });
  bill.receive('some words that came');
  bill.note(undefined);
  bill.note({ inputTokens: 90, outputTokens: 7 });
  expect(bill.total()).toEqual({ inputTokens: 90, outputTokens: 7, costMicros: 104, estimated: false });
});

it('charges a whole answer that nobody saw as set aside, and of a stream what went in and came out', () => {
  const whole = new Bill(false, ESTIMATE);
  whole.begin(DEAR);
  expect(whole.total()).toMatchObject({ outputTokens: 1000, costMicros: 21_000, estimated: true });
  whole.receive('');
  expect(whole.total()).toMatchObject({ inputTokens: 100, outputTokens: 0, estimated: true });
  const stream = new Bill(true, ESTIMATE);
  stream.begin(DEAR);
  expect(stream.total()).toMatchObject({ inputTokens: 100, outputTokens: 0, costMicros: 1000, estimated: true });
});

it('adds what each asking used, at the price of each', () => {
  const bill = new Bill(false, ESTIMATE);
  bill.begin(DEAR);
  bill.begin(DEAR);
  bill.note({ inputTokens: 0, outputTokens: 0 });
  bill.begin(CHEAP);
  bill.note({ inputTokens: 10, outputTokens: 5 });
  expect(bill.total()).toEqual({ inputTokens: 110, outputTokens: 1005, costMicros: 21_020, estimated: true });
  // Asking for it twice changes nothing.
  expect(bill.total()).toEqual(bill.total());
});
