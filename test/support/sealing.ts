import { randomBytes } from 'node:crypto';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import { SealingCodec } from '../../lib/sealing/sealing-codec.js';
import { KnownKey, keyBytes, type SealingKey } from '../../lib/sealing/sealing-key.js';

/** A key of this run's own. */
export const makeKey = (id: string): { readonly id: string; readonly key: string } => ({
  id,
  key: randomBytes(32).toString('base64'),
});

/** The same, as the module holds it. */
export const known = ({ id, key }: SealingKey): KnownKey => new KnownKey(id, keyBytes(key) as Uint8Array);

/** A codec with these keys: the first one seals, all of them open. */
export const codecOf = (keys: readonly SealingKey[], { isEnabled = true, acceptUnsealed = true } = {}): SealingCodec =>
  new SealingCodec(new KeyRing({ keys: keys.map(known), isEnabled }, undefined), { acceptUnsealed });
