// Jest's globals are slow to reach.
const { imul, min } = Math;

/** The shortest piece of a secret that counts as a leak. */
export const PIECE = 16;
/**
 * Of each secret every ninth run of eight characters is indexed: wherever a piece of sixteen lies, one such run is in it. Texts are read once,
 * however many secrets there are.
 */
const GRAM = 8;
const STRIDE = PIECE - GRAM + 1;
/** Tokens begin alike: what many have in common is found through the first of them. */
const MAX_SHARED = 4;
const BASE = 0x01000193;
const FILTER_BITS = 22;

const BASE_TO_GRAM = Array.from({ length: GRAM }).reduce<number>((power) => imul(power, BASE), 1);

const hashAt = (text: string, start: number): number => {
  let hash = 0;
  for (let at = start; at < start + GRAM; at += 1) hash = (imul(hash, BASE) + text.charCodeAt(at)) | 0;
  return hash;
};
const bitOf = (hash: number): number => imul(hash, 0x9e3779b1) >>> (32 - FILTER_BITS);

interface Gram {
  readonly secret: string;
  readonly offset: number;
}

/** A piece of a secret that stands in a text. */
export interface Found {
  readonly secret: string;
  readonly start: number;
  readonly length: number;
}

/** Finds every text that has a piece of a secret in it. */
export class PieceIndex {
  private readonly filter = new Uint32Array(2 ** (FILTER_BITS - 5));
  private readonly grams = new Map<number, Gram[]>();

  /** A text that is shorter than a piece is no secret. */
  add(secret: string): void {
    if (secret.length < PIECE) return;
    for (let offset = 0; offset + GRAM <= secret.length; offset += STRIDE) {
      const hash = hashAt(secret, offset);
      const grams = this.grams.get(hash);
      if (grams === undefined) this.grams.set(hash, [{ secret, offset }]);
      else if (grams.length < MAX_SHARED) grams.push({ secret, offset });
      const bit = bitOf(hash);
      this.filter[bit >>> 5]! |= 1 << (bit & 31);
    }
  }

  /** The first piece in the text, as long as it is. */
  find(text: string): Found | null {
    if (text.length < PIECE) return null;
    let hash = hashAt(text, 0);
    for (let start = 0; ; start += 1) {
      const bit = bitOf(hash);
      if ((this.filter[bit >>> 5]! & (1 << (bit & 31))) !== 0) {
        const found = this.around(text, start, hash);
        if (found !== null) return found;
      }
      if (start + GRAM >= text.length) return null;
      const leaving = imul(text.charCodeAt(start), BASE_TO_GRAM);
      hash = (imul(hash, BASE) + text.charCodeAt(start + GRAM) - leaving) | 0;
    }
  }

  private around(text: string, at: number, hash: number): Found | null {
    for (const { secret, offset } of this.grams.get(hash) ?? []) {
      if (!text.startsWith(secret.slice(offset, offset + GRAM), at)) continue;
      let before = 0;
      while (before < min(at, offset) && text[at - before - 1] === secret[offset - before - 1]) before += 1;
      let end = GRAM;
      while (offset + end < secret.length && text[at + end] === secret[offset + end]) end += 1;
      if (before + end >= PIECE) return { secret, start: at - before, length: before + end };
    }
    return null;
  }
}
