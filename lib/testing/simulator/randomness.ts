import { createHash, randomBytes } from 'node:crypto';

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A fast generator (xoshiro128**) that repeats for a seed. Fit for tests, not for real secrets. */
export class Randomness {
  /** What makes a run repeatable: hand it to another simulator. */
  readonly seed: string;
  private readonly state: Uint32Array;

  /** @param seed without one every run has fresh secrets */
  constructor(seed: string = randomBytes(16).toString('hex')) {
    this.seed = seed;
    const digest = createHash('sha256').update(seed).digest();
    this.state = Uint32Array.from([0, 4, 8, 12], (offset) => digest.readUInt32LE(offset) || 1);
  }

  /** 32 random bits as an unsigned integer. */
  uint32(): number {
    const s = this.state as unknown as [number, number, number, number];
    const scrambled = Math.imul(rotl(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotl(s[3], 11);
    return scrambled;
  }

  bytes(count: number): Buffer {
    const words = new Uint32Array(Math.ceil(count / 4));
    for (let i = 0; i < words.length; i++) words[i] = this.uint32();
    return Buffer.from(words.buffer, 0, count);
  }

  /** Text of `length` characters of the base64url alphabet. */
  base64url(length: number): string {
    return this.bytes(Math.ceil((length * 3) / 4))
      .toString('base64url')
      .slice(0, length);
  }

  hex(length: number): string {
    return this.bytes(Math.ceil(length / 2))
      .toString('hex')
      .slice(0, length);
  }

  /** An id as HighLevel makes them for locations, companies and contacts. */
  id(length = 20): string {
    let id = '';
    for (let i = 0; i < length; i++) id += ALPHANUMERIC.charAt(this.uint32() % ALPHANUMERIC.length);
    return id;
  }

  uuid(): string {
    const hex = this.hex(32);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}

function rotl(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
