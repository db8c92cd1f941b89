import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/** A key that records are sealed with. */
export interface SealingKey {
  /**
   * Names the key in whatever was sealed with it, and never another key: 1 to 32 letters, digits, `.`, `_` or `-`, beginning with a
   * letter or digit. Not secret.
   */
  readonly id: string;
  /** 32 random bytes, or the same in base64 (`openssl rand -base64 32`). */
  readonly key: string | Uint8Array;
}

const KEY_BYTES = 32;
const CHECK_BYTES = 6;
/** Shorter than a key in base64, so that none can stand where an id belongs, and be shown. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/;
const NO_SALT = Buffer.alloc(0);

/** Whether a value can name a sealing key. */
export const isKeyId = (value: unknown): value is string => typeof value === 'string' && ID.test(value);

/** The bytes of a key as a host writes it down; `null` where it is not 32 bytes. */
export function keyBytes(key: unknown): Uint8Array | null {
  if (key instanceof Uint8Array) return key.length === KEY_BYTES ? key : null;
  if (typeof key !== 'string' || !BASE64.test(key)) return null;
  const bytes = Buffer.from(key, 'base64');
  const written = key.replaceAll('+', '-').replaceAll('/', '_').replace('=', '');
  return bytes.toString('base64url') === written ? bytes : null;
}

/** A sealing key in use. Its bytes are in Node's keeping: inspected or serialized it shows none of them. */
export class KnownKey {
  /** Tells keys of the same id apart without showing them: it stands beside the id in what was sealed. */
  readonly check: string;
  private readonly secret: KeyObject;

  /** @param bytes 32 of them */
  constructor(
    readonly id: string,
    bytes: Uint8Array,
  ) {
    this.secret = createSecretKey(bytes);
    this.check = this.derive(NO_SALT, 'nestjs-ghl-auth/check/1', CHECK_BYTES).toString('base64url');
  }

  /** A key for one envelope. With a random salt, what is sealed with it never meets the limit of random nonces per key. */
  forEnvelope(salt: Uint8Array): Buffer {
    return this.derive(salt, 'nestjs-ghl-auth/seal/1', KEY_BYTES);
  }

  private derive(salt: Uint8Array, purpose: string, bytes: number): Buffer {
    return Buffer.from(hkdfSync('sha256', this.secret, salt, purpose, bytes));
  }
}

/** The key that a host handed in; `null` where id or key are not well-formed. */
export function knownKeyFrom(given: unknown): KnownKey | null {
  const { id, key } = (given ?? {}) as { readonly id?: unknown; readonly key?: unknown };
  const bytes = keyBytes(key);
  return bytes !== null && isKeyId(id) ? new KnownKey(id, bytes) : null;
}
