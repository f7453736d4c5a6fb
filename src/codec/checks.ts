// Checks of the few fields that the gateway itself relies on, with errors that name the place.
import { AncileError, isObject } from '../base/index.ts';

export type Json = Record<string, unknown>;

/** A fault of the caller's request, at a place named as he would name it: `messages[3].role`. */
export function invalid(at: string, expected: string): AncileError {
  return new AncileError('request_invalid', `${at} must be ${expected}`, { at, hint: `Make ${at} ${expected}.` });
}

export function checkObject(value: unknown, at: string): Json {
  if (!isObject(value)) throw invalid(at, 'an object');
  return value;
}

export function checkArray(value: unknown, at: string): unknown[] {
  if (!Array.isArray(value)) throw invalid(at, 'an array');
  return value;
}

export function checkName(value: unknown, at: string): string {
  if (typeof value !== 'string' || value === '' || value.length > 200)
    throw invalid(at, 'a string of 1 to 200 characters');
  return value;
}

export function checkText(value: unknown, at: string): string {
  if (typeof value !== 'string') throw invalid(at, 'a string');
  return value;
}

/** An optional true or false; null counts as absent. */
export function checkFlag(value: unknown, at: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw invalid(at, 'true or false');
  return value;
}

/** An optional whole number from 1 to `max`; null counts as absent. */
export function checkCount(value: unknown, at: string, max: number): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > max) {
    throw invalid(at, `a whole number from 1 to ${max}`);
  }
  return value;
}

/** More tokens than any exchange uses: sums and prices of it stay exact. */
const MOST_TOKENS = 1_000_000_000;

/** A token count as an upstream reports it: anything else than a whole number from 0 to 10^9 counts as not said. */
export function readCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS ? value : undefined;
}
