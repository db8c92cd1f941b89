import type { SealingSettings } from '../sealing/key-ring.js';
import { isKeyId, keyBytes, KnownKey } from '../sealing/sealing-key.js';
import type { Check, Complain } from './checks.js';

const ID_FIX = "must be 1 to 32 letters, digits, '.', '_' or '-', beginning with a letter or digit";
const KEY_FIX = 'must be 32 bytes, in base64 as by: openssl rand -base64 32';

/** `[{ id, key }, …]`. Names keys by their place in the list, since an id may be a key in the wrong place. */
export const checkSealingKeys: Check<readonly KnownKey[]> = (value, name, complain) => {
  if (!Array.isArray(value) || value.length === 0) {
    complain(`${name} must hold at least one key, { id, key }, in the environment id:base64`);
    return [];
  }
  const keys = value.map((given: unknown, index): KnownKey | null => {
    const { id, key } = (given ?? {}) as Record<string, unknown>;
    const bytes = keyBytes(key);
    if (!isKeyId(id)) complain(`${name}: the id of key ${index + 1} ${ID_FIX}`);
    if (bytes === null) complain(`${name}: key ${index + 1} ${KEY_FIX}`);
    return bytes !== null && isKeyId(id) ? new KnownKey(id, bytes) : null;
  });
  const known = keys.filter((key) => key !== null);
  if (new Set(known.map(({ id }) => id)).size < known.length)
    complain(`${name} holds the same id twice: give each key an id of its own, and never an id to another key`);
  if (new Set(known.map(({ check }) => check)).size < known.length)
    complain(`${name} holds the same key under two ids: make a new key for the new id`);
  return known;
};

/** What the options say of sealing, each checked by itself. */
export interface SealingGiven {
  readonly keys: readonly KnownKey[];
  readonly enabled: boolean;
  readonly required: boolean;
  readonly acceptUnsealed: boolean;
  /** Whether there is a key, or one was meant to be: with the options, in the environment, or from a provider. */
  readonly hasKey: boolean;
  /** What to call one of the options in a message, by where its value came from. */
  readonly nameOf: (member: 'enabled' | 'required' | 'acceptUnsealed') => string;
}

const NO_KEY =
  'there is no sealing key: set GHL_AUTH_SEALING_KEYS, or pass option sealing.keys or the provider sealingKeys';

/** Checks what the options of sealing say together. */
export function sealingSettings(given: SealingGiven, complain: Complain): SealingSettings {
  const { keys, enabled, required, acceptUnsealed, hasKey, nameOf } = given;
  const why = hasKey ? `${nameOf('enabled')} is false: leave one of them out` : NO_KEY;
  const isSealing = hasKey && enabled;
  if (required && !isSealing) complain(`${nameOf('required')} is true, but ${why}`);
  if (!acceptUnsealed && !isSealing)
    complain(`${nameOf('acceptUnsealed')} is false, so that what is written would not be read: ${why}`);
  return { keys, isEnabled: enabled, acceptUnsealed };
}
