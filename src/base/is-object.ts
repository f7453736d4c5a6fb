// Whether a value is an object with members, and neither null nor a list: asked wherever JSON of others is read.

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
