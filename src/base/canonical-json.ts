// Canonical JSON (RFC 8785): the one byte form of a value, for digests and signatures.

/**
 * Serialises a JSON value with sorted keys and no white space, as RFC 8785 (JCS) defines it.
 * @throws TypeError for what JSON cannot hold: NaN, infinities, functions, symbols, bigint, lone surrogates.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw new TypeError('canonical JSON: a string holds a lone surrogate');
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`canonical JSON: ${value} is not a JSON number`);
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      break;
    default:
      throw new TypeError(`canonical JSON: ${typeof value} is not a JSON value`);
  }
  if (value === null) return 'null';
  if (Array.isArray(value)) {
    let out = '[';
    for (let i = 0; i < value.length; i++) {
      if (i > 0) out += ',';
      out += value[i] === undefined ? 'null' : canonicalJson(value[i]);
    }
    return out + ']';
  }
  const record = value as Record<string, unknown>;
  let out = '{';
  // RFC 8785 sorts by UTF-16 code units, which is what Array.prototype.sort does on strings.
  for (const key of Object.keys(record).sort()) {
    const member = record[key];
    if (member === undefined) continue;
    if (out.length > 1) out += ',';
    out += canonicalJson(key) + ':' + canonicalJson(member);
  }
  return out + '}';
}
