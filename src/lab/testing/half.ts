// Numbers in half precision, for models of tests.
/** The bits of the half-precision number nearest to one of single precision; of two the even one. */
export function floatToHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  // Above the greatest by half a step or more.
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const steps = size / 2 ** (exponent - 10);
  const below = Math.floor(steps);
  const rest = steps - below;
  const rounded = rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
  // What is carried over goes into the exponent, as their bits lie side by side; below the least normal number it is 0.
  return sign | ((exponent + 14) * 1024 + rounded);
}
