// What a row of a table may become: columns that nobody can change, whole numbers, ranges, categories of which one holds, and how
// many columns an attacker reaches.
import { AncileError } from '../base/index.ts';
import type { LabConstraints } from '../contract/index.ts';
import type { Norm } from './attack.ts';
import type { Bounds } from './bounds.ts';
import { allowance, distance } from './distance.ts';
import type { JudgedSpace } from './judge.ts';

/** How far a category may be from 0 or 1, and a whole number from one. */
const NEAR = 1e-4;

interface Rules {
  readonly immutable: Uint8Array;
  readonly integer: readonly number[];
  readonly groups: readonly (readonly number[])[];
  readonly maxChanged: number;
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** @returns the place of a column by its name or number */
function createColumns(names: readonly string[] | undefined, size: number): (column: string | number) => number {
  return (column) => {
    const named = typeof column === 'string' ? (names?.indexOf(column) ?? -1) : -1;
    const at = named !== -1 ? named : /^\d{1,7}$/.test(String(column)) ? Number(column) : -1;
    if (at >= 0 && at < size) return at;
    const there = names === undefined ? `0 to ${size - 1}` : names.slice(0, 20).join(', ');
    throw new AncileError('usage', `constraints: there is no column ${column}`, {
      at: String(column),
      hint: `Columns are ${there}.`,
    });
  };
}

function toRules(file: LabConstraints, bounds: Bounds, size: number, columns: readonly string[] | undefined): Rules {
  const names = file.names ?? columns;
  if (names !== undefined && names.length !== size) {
    throw new AncileError('usage', `constraints: ${names.length} names for ${size} columns`, { at: 'names' });
  }
  const toIndex = createColumns(names, size);
  const fill = (value: number | Float32Array): Float32Array =>
    typeof value === 'number' ? new Float32Array(size).fill(value) : value.slice();
  const [low, high] = [fill(bounds.low), fill(bounds.high)];
  const immutable = new Uint8Array(size);
  const integer: number[] = [];
  for (const [name, rule] of Object.entries(file.columns)) {
    const at = toIndex(name);
    if (rule.immutable === true) immutable[at] = 1;
    if (rule.integer === true) integer.push(at);
    if (rule.min !== undefined) low[at] = rule.min;
    if (rule.max !== undefined) high[at] = rule.max;
    if (low[at]! > high[at]!)
      throw new AncileError('usage', `constraints: the range of ${name} is empty`, { at: name });
  }
  const groups = file.oneHot.map((group) => group.map(toIndex));
  const grouped = groups.flat();
  if (new Set(grouped).size !== grouped.length) {
    throw new AncileError('usage', 'constraints: a column stands in oneHot twice', { at: 'oneHot' });
  }
  return { immutable, integer, groups, maxChanged: file.maxChanged ?? size, low, high };
}

function greatest(sample: Float32Array, group: readonly number[]): number {
  return group.reduce((best, at) => (sample[at]! > sample[best]! ? at : best));
}

/** Counts a category that changed once: it is one thing that an attacker changed. */
function changedUnits(sample: Float32Array, original: Float32Array, { groups }: Rules): number[][] {
  const inGroup = new Set(groups.flat());
  const units: number[][] = [...groups.map((group) => [...group])];
  for (let at = 0; at < sample.length; at++) if (!inGroup.has(at)) units.push([at]);
  return units.filter((unit) => unit.some((at) => sample[at] !== original[at]));
}

function violationIn(sample: Float32Array, original: Float32Array, rules: Rules): string | undefined {
  for (const at of rules.integer)
    if (Math.abs(sample[at]! - Math.round(sample[at]!)) > NEAR) return `column ${at} is no whole number`;
  for (const group of rules.groups) {
    const ones = group.filter((at) => Math.abs(sample[at]! - 1) <= NEAR).length;
    if (ones !== 1 || group.some((at) => Math.abs(sample[at]!) > NEAR && Math.abs(sample[at]! - 1) > NEAR)) {
      return `of the columns ${group.slice(0, 5).join(', ')} not exactly one is 1`;
    }
  }
  const changed = changedUnits(sample, original, rules).length;
  if (changed > rules.maxChanged) return `${changed} columns were changed`;
  return undefined;
}

function repairWith(sample: Float32Array, original: Float32Array, rules: Rules, norm: Norm, eps: number): void {
  for (let at = 0; at < sample.length; at++) if (rules.immutable[at] === 1) sample[at] = original[at]!;
  const within = (value: number, at: number): boolean => value >= rules.low[at]! && value <= rules.high[at]!;
  for (const at of rules.integer) {
    const nearest = Math.round(sample[at]!);
    const toward = original[at]! <= sample[at]! ? Math.floor(sample[at]!) : Math.ceil(sample[at]!);
    const fits = within(nearest, at) && Math.abs(nearest - original[at]!) <= allowance('linf', eps, original);
    sample[at] = fits ? nearest : within(toward, at) ? toward : original[at]!;
  }
  for (const group of rules.groups) {
    const fixed = group.some((at) => rules.immutable[at] === 1) || (norm === 'linf' && eps < 1);
    const chosen = fixed ? greatest(original, group) : greatest(sample, group);
    for (const at of group) sample[at] = at === chosen ? 1 : 0;
  }
  // The smallest changes go first: of what an attacker reaches he takes what moves most.
  const weigh = (unit: readonly number[]): number =>
    Math.max(
      ...unit.map((at) => Math.abs(sample[at]! - original[at]!) / Math.max(1e-12, rules.high[at]! - rules.low[at]!)),
    );
  const undo = (unit: readonly number[]): void => unit.forEach((at) => (sample[at] = original[at]!));
  const units = changedUnits(sample, original, rules).sort((a, b) => weigh(a) - weigh(b));
  while (units.length > rules.maxChanged) undo(units.shift()!);
  // Rounding and categories may have led out of the bound.
  const integers = new Set(rules.integer);
  const coarse = units.filter((unit) => unit.length > 1 || integers.has(unit[0]!));
  while (coarse.length > 0 && distance(norm, sample, original) > allowance(norm, eps, original)) undo(coarse.shift()!);
}

/**
 * The space that a file of constraints leaves.
 * @throws AncileError `usage` where it names columns that are not there, `request_invalid` where a sample breaks it as it is
 */
export function constrain(
  file: LabConstraints,
  bounds: Bounds,
  samples: { readonly x: Float32Array; readonly count: number; readonly columns?: readonly string[] },
): (norm: Norm, eps: number) => JudgedSpace {
  const size = samples.x.length / samples.count;
  const rules = toRules(file, bounds, size, samples.columns);
  for (let i = 0; i < samples.count; i++) {
    const row = samples.x.subarray(i * size, (i + 1) * size);
    const outside = row.findIndex((value, at) => value < rules.low[at]! || value > rules.high[at]!);
    const broken =
      outside === -1 ? violationIn(row, row, rules) : `column ${outside} is ${row[outside]}, outside its range`;
    if (broken === undefined) continue;
    throw new AncileError('request_invalid', `sample ${i} breaks the constraints as it is: ${broken}`, {
      at: `x[${i}]`,
      hint: 'Constraints are in the units of the data as the model takes it.',
    });
  }
  const { low, high, immutable } = rules;
  const mutable = immutable.map((fixed) => 1 - fixed);
  return (norm, eps) => ({
    low,
    high,
    mutable,
    repair: (sample, original) => repairWith(sample, original, rules, norm, eps),
    violation: (sample, original) => violationIn(sample, original, rules),
  });
}
