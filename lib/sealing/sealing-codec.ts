import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { BodyCodec, BodyContext, OpenedBody } from '../storage/body-codec.js';
import {
  NONCE_BYTES,
  plainEnvelope,
  readEnvelope,
  SALT_BYTES,
  TAG_BYTES,
  writeEnvelope,
  type Envelope,
} from './envelope.js';
import type { KeyRing } from './key-ring.js';
import type { KnownKey } from './sealing-key.js';

const ALGORITHM = 'aes-256-gcm';

/** What was sealed is bound to: nothing of it can be exchanged without the envelope ceasing to open. */
const boundTo = ({ kind, key, format }: BodyContext, envelope: Pick<Envelope, 'keyId' | 'check' | 'credentialId'>) => {
  const { keyId, check, credentialId } = envelope;
  return Buffer.from(JSON.stringify(['sealed.1', keyId, check, kind, key, format, credentialId]), 'utf8');
};

const sealWith = (key: KnownKey, text: string, context: BodyContext, credentialId: string | null): string => {
  // As it will be read: an empty id is none, and half a surrogate pair is nothing in UTF-8.
  const read = credentialId && Buffer.from(credentialId, 'utf8').toString('utf8');
  const named = { keyId: key.id, check: key.check, credentialId: read || null };
  const [salt, nonce] = [randomBytes(SALT_BYTES), randomBytes(NONCE_BYTES)];
  const cipher = createCipheriv(ALGORITHM, key.forEnvelope(salt), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(context, named));
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return writeEnvelope({ ...named, salt, nonce, tag: cipher.getAuthTag(), ciphertext });
};

const openWith = (key: KnownKey, envelope: Envelope, context: BodyContext): string | null => {
  const { salt, nonce, tag, ciphertext } = envelope;
  const decipher = createDecipheriv(ALGORITHM, key.forEnvelope(salt), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(boundTo(context, envelope));
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
};

/** How an envelope is sealed: with the key of this id; `null`: not at all; `undefined`: it cannot be told. */
export function sealedWith(envelope: string): string | null | undefined {
  const read = readEnvelope(envelope);
  if (read.kind === 'sealed') return read.envelope.keyId;
  if (read.kind === 'damaged') return read.keyId ?? undefined;
  return read.kind === 'plain' ? null : undefined;
}

/**
 * Seals with AES-256-GCM, under a key that is derived anew for each envelope. Where there is no key it stores texts as they are, in
 * an envelope that says so, and so it reads what was stored before there was one.
 */
export class SealingCodec implements BodyCodec {
  constructor(
    private readonly ring: KeyRing,
    private readonly settings: { readonly acceptUnsealed: boolean },
  ) {}

  async seal(text: string, context: BodyContext, credentialId: string | null = null): Promise<string> {
    const key = await this.ring.current();
    return key === null ? plainEnvelope(text) : sealWith(key, text, context, credentialId);
  }

  async open(envelope: string, context: BodyContext): Promise<OpenedBody> {
    const read = readEnvelope(envelope);
    if (read.kind === 'sealed') return this.openSealed(read.envelope, context);
    if (read.kind === 'damaged') return damagedEnvelope(read.keyId);
    if (read.kind === 'unknown') return unknownEnvelope(read.version);
    return this.settings.acceptUnsealed ? { text: read.text, credentialId: undefined } : UNSEALED;
  }

  private async openSealed(envelope: Envelope, context: BodyContext): Promise<OpenedBody> {
    const { keyId, check, credentialId } = envelope;
    const key = await this.ring.find(keyId);
    if (key === null) return { problem: `it is sealed with the key "${keyId}", which is not there`, help: ADD_KEY };
    const text = openWith(key, envelope, context);
    if (text !== null) return { text, credentialId };
    if (check !== key.check) {
      return {
        problem: `it is sealed with another key of the id "${keyId}" than the one that is there`,
        help: ADD_KEY,
      };
    }
    return {
      problem: `sealed with the key "${keyId}", it was altered, cut or taken from another record`,
      help: ALTERED,
    };
  }
}

const ADD_KEY =
  'It was left as it is. Put the key that it was sealed with back among the sealing keys, under its id; docs/sealing.md says how, and what to do if the key is lost.';
const ALTERED =
  'It was left as it is. Somebody or something has changed the stored text: restore the record from a backup, or delete it as docs/sealing.md says.';
const UNSEALED: OpenedBody = {
  problem: 'it is not sealed, and sealing.acceptUnsealed is false',
  help: 'It was left as it is. If it is one of yours from before sealing, set sealing.acceptUnsealed to true, reseal, and set it to false again; if not, delete it.',
};

const damagedEnvelope = (keyId: string | null): OpenedBody => ({
  problem: keyId === null ? 'its envelope is damaged' : `its envelope, with the key "${keyId}", is damaged or cut`,
  help: ALTERED,
});

const unknownEnvelope = (version: string | null): OpenedBody => ({
  problem:
    version === null
      ? 'it is in no envelope that this release knows, or damaged'
      : `it is in an envelope of another release, "${version}"`,
});
