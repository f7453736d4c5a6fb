// Values that must not leave, known again in whatever usual form they are written: found in one pass over a text, however many
// there are.

/** Shorter secrets would be found anywhere. */
const SECRET_LEAST = 5;

/** Letters and digits alone: a secret is known again however it is set. */
export function bare(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/** A secret in itself, in hexadecimals, and in base64, which within a longer text begins at one of three places. */
function formsOf(raw: string, plain: string): string[] {
  const bytes = new TextEncoder().encode(raw);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  // The signs at the ends depend on what lies beside it.
  const base64 = [0, 1, 2].map((before) =>
    bare(
      btoa('\0'.repeat(before) + binary)
        .replace(/=+$/, '')
        .slice(before === 0 ? 0 : before + 1, -1),
    ),
  );
  return [plain, hex, ...base64.filter((form) => form.length >= SECRET_LEAST)];
}

/** What one form takes in memory besides its letters, about: bytes. */
const FORM_BYTES = 300;

interface Secret {
  readonly source: string;
  /** Itself, by `bare`. */
  readonly plain: string;
}

export class Secrets {
  readonly #known = new Set<string>();
  #bytes = 0;
  /** Forms by how they begin, and then by their length. */
  readonly #forms = new Map<string, Map<number, Map<string, Secret>>>();

  get size(): number {
    return this.#known.size;
  }

  /** What they take in memory, about: bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param source - says where it stood, without the value */
  add(raw: string, source: string): void {
    const plain = bare(raw);
    if (plain.length < SECRET_LEAST || this.#known.has(plain)) return;
    this.#known.add(plain);
    for (const form of formsOf(raw, plain)) {
      const start = form.slice(0, SECRET_LEAST);
      const lengths = this.#forms.get(start) ?? new Map<number, Map<string, Secret>>();
      this.#forms.set(start, lengths);
      const same = lengths.get(form.length) ?? new Map<string, Secret>();
      lengths.set(form.length, same);
      if (same.has(form)) continue;
      same.set(form, { source, plain });
      this.#bytes += FORM_BYTES + form.length * 2;
    }
  }

  /** The secrets that a text carries. @param plain - the text, by `bare` */
  *in(plain: string): Generator<Secret> {
    for (let at = 0; at + SECRET_LEAST <= plain.length; at++) {
      const lengths = this.#forms.get(plain.slice(at, at + SECRET_LEAST));
      if (lengths === undefined) continue;
      for (const [length, same] of lengths) {
        const found = same.get(plain.slice(at, at + length));
        if (found !== undefined) yield found;
      }
    }
  }
}
