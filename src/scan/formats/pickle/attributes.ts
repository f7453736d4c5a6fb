// Attributes that a pickle takes of a value by name: of a module or a class that is one more name, to be judged like all others.
import { Global } from './global.ts';
import { isStandard } from './grades.ts';
import type { Judge } from './judge.ts';
import { Box, Bytes, Made, Unknown, type Value, originOf } from './values.ts';

const CLASS = /(^|\.)_*[A-Z]\w*$/;
/** Of text: their replacement fields reach attributes of what they format. */
const FORMATS = new Set(['format', 'format_map']);

/**
 * The attribute of a value.
 * @param acts - says that the attribute is taken, where that is no harmless thing
 */
export function attributeOf(
  judge: Judge,
  value: Value | undefined,
  name: Value | undefined,
  offset: number,
  acts: () => void,
): Value | undefined {
  if (value === undefined || typeof name !== 'string' || name.startsWith('__')) {
    acts();
    return new Unknown('an attribute');
  }
  if (value instanceof Global)
    return judge.global(value.module, value.name === '' ? name : `${value.name}.${name}`, offset);
  const origin = originOf(value);
  if (origin === undefined) {
    const plain = value === null || typeof value !== 'object' || value instanceof Box || value instanceof Bytes;
    if (!plain || FORMATS.has(name)) acts();
    return new Unknown(`${name} of a value`);
  }
  const { level } = origin.grade;
  if (level === 'acts' || level === 'unlisted') acts();
  // A class's instance has the attributes of the class; what a function gave back is not known.
  return value instanceof Made && value.by instanceof Global && (CLASS.test(origin.name) || isStandard(origin.module))
    ? judge.global(origin.module, `${origin.name}.${name}`, offset)
    : new Unknown(`${name} of a value`);
}
