// What is kept of an R object while it is read: language, names and short texts; data is stepped over.

export type RNode =
  | { readonly kind: 'symbol' | 'text'; readonly value: string }
  /** A call or another pairlist, cell by cell. */
  | { readonly kind: 'call' | 'list'; readonly items: (RNode | undefined)[]; readonly tags: (string | undefined)[] }
  | { readonly kind: 'closure'; readonly body: RNode | undefined }
  | { readonly kind: 'code'; readonly constants: (RNode | undefined)[] }
  | { readonly kind: 'promise'; readonly code: RNode | undefined; readonly forced: boolean }
  | { readonly kind: 'unbound' };

/** SEXP types as they are serialised. */
export const SEXP = {
  symbol: 1,
  pairlist: 2,
  closure: 3,
  environment: 4,
  promise: 5,
  language: 6,
  special: 7,
  builtin: 8,
  char: 9,
  logical: 10,
  integer: 13,
  real: 14,
  complex: 15,
  string: 16,
  dots: 17,
  vector: 19,
  expression: 20,
  bytecode: 21,
  pointer: 22,
  weak: 23,
  raw: 24,
  object: 25,
  altrep: 238,
  attributedList: 239,
  attributedCall: 240,
  baseEnvironment: 241,
  emptyEnvironment: 242,
  codeReference: 243,
  codeDefinition: 244,
  genericReference: 245,
  classReference: 246,
  persistent: 247,
  package: 248,
  namespace: 249,
  baseNamespace: 250,
  missing: 251,
  unbound: 252,
  global: 253,
  nil: 254,
  reference: 255,
} as const;

/** A deparsed call, short: `system("echo hi")`. Depth and length are bounded. */
export function showCall(node: RNode | undefined, depth = 0): string {
  if (node === undefined) return '…';
  switch (node.kind) {
    case 'symbol':
      return node.value;
    case 'text':
      return JSON.stringify(node.value.slice(0, 120));
    case 'call': {
      if (depth > 3) return '…(…)';
      const [head, ...rest] = node.items.slice(0, 6).map((item) => showCall(item, depth + 1));
      return `${head ?? ''}(${rest.join(', ')})`.slice(0, 240);
    }
    case 'list':
    case 'closure':
    case 'code':
    case 'promise':
    case 'unbound':
      return '…';
  }
}
