import { isKeyId } from './sealing-key.js';

/** What a sealed text looks like in a store: everything but the key that opens it. */
export interface Envelope {
  /** The key that it is sealed with, and which of the keys with that id. */
  readonly keyId: string;
  readonly check: string;
  /** The credential that is in it, if one is. */
  readonly credentialId: string | null;
  readonly salt: Buffer;
  readonly nonce: Buffer;
  readonly tag: Buffer;
  readonly ciphertext: Buffer;
}

/** How a text is stored. `damaged`: in an envelope of this release that is not whole. `unknown`: in none of this release's. */
export type EnvelopeKind =
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'sealed'; readonly envelope: Envelope }
  | { readonly kind: 'damaged'; readonly keyId: string | null }
  | { readonly kind: 'unknown'; readonly version: string | null };

export const SALT_BYTES = 16;
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

const PLAIN = 'plain.1:';
const SEALED = 'sealed.1:';
const VERSION = /^([a-z]{1,16}\.\d{1,6}):/;
const PARTS = 7;

/** A text as it is, in an envelope that says so. */
export const plainEnvelope = (text: string): string => PLAIN + text;

/** An envelope as text: `sealed.1:<key id>:<check>:<credential id>:<salt>:<nonce>:<tag>:<ciphertext>`, from the check on in base64url. */
export function writeEnvelope({ keyId, check, credentialId, salt, nonce, tag, ciphertext }: Envelope): string {
  const credential = credentialId === null ? '' : Buffer.from(credentialId, 'utf8').toString('base64url');
  const bytes = [salt, nonce, tag, ciphertext].map((part) => part.toString('base64url'));
  return SEALED + [keyId, check, credential, ...bytes].join(':');
}

/** Reads an envelope, without opening it. What is not written exactly as this release writes it is damaged. */
export function readEnvelope(text: string): EnvelopeKind {
  if (text.startsWith(PLAIN)) return { kind: 'plain', text: text.slice(PLAIN.length) };
  if (!text.startsWith(SEALED)) return { kind: 'unknown', version: VERSION.exec(text)?.[1] ?? null };
  const parts = text.slice(SEALED.length).split(':', PARTS + 1);
  const envelope = sealedParts(parts);
  if (envelope !== null) return { kind: 'sealed', envelope };
  return { kind: 'damaged', keyId: isKeyId(parts[0]) ? parts[0] : null };
}

const sealedParts = (parts: readonly string[]): Envelope | null => {
  const [keyId, check, ...rest] = parts;
  const [credential, salt, nonce, tag, ciphertext] = rest.map(bytesOf);
  if (parts.length !== PARTS || !isKeyId(keyId) || !check || !bytesOf(check)) return null;
  if (!credential || !salt || !nonce || !tag || !ciphertext) return null;
  if (salt.length !== SALT_BYTES || nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) return null;
  const credentialId = credential.length === 0 ? null : credential.toString('utf8');
  return { keyId, check, credentialId, salt, nonce, tag, ciphertext };
};

/** The bytes of a part; `null` where it is not how base64url is written. Node reads more than that, and what was altered must not open. */
const bytesOf = (part: string): Buffer | null => {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : null;
};
