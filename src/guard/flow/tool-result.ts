// What a tool server gave back, as values and texts whose origin can be told.

/** The texts of a tool server's result, its structured value, and whether there is more in it. */
export function readToolResult(result: unknown): {
  readonly structured: unknown;
  readonly texts: readonly string[];
  readonly isFailure: boolean;
  readonly hasOther: boolean;
} {
  if (typeof result !== 'object' || result === null) {
    return { structured: undefined, texts: [JSON.stringify(result ?? null)], isFailure: false, hasOther: true };
  }
  const { content, structuredContent, isError } = result as {
    content?: unknown;
    structuredContent?: unknown;
    isError?: unknown;
  };
  const parts: unknown[] = Array.isArray(content) ? (content as unknown[]) : [];
  const texts: string[] = [];
  // Of prompts and resources there is no content: all that they are is somebody's word.
  let hasOther = !Array.isArray(content);
  for (const part of parts) {
    const { type, text } = (typeof part === 'object' && part !== null ? part : {}) as {
      type?: unknown;
      text?: unknown;
    };
    if (type === 'text' && typeof text === 'string') texts.push(text);
    else hasOther = true;
  }
  return { structured: unwrapResult(structuredContent), texts, isFailure: isError === true, hasOther };
}

/** A value that is no object is wrapped as `{ result }` by servers that have a schema for it. */
function unwrapResult(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value ?? undefined;
  const names = Object.keys(value);
  return names.length === 1 && names[0] === 'result' ? (value as { result: unknown }).result : value;
}
