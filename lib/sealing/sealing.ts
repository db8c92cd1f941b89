import { configInvalid } from '../config/config-problem.js';
import type { Log } from '../logging/log.js';
import type { GhlAuthRepository } from '../storage/ghl-auth.repository.js';
import { InMemoryRepository } from '../storage/in-memory.repository.js';
import type { Clock } from '../time/clock.js';
import { HostKeys, type SealingKeyProvider } from './host-keys.js';
import { KeyRing, type SealingSettings } from './key-ring.js';
import { SealingCodec } from './sealing-codec.js';

/** Everything that sealing needs. */
export interface SealingParts {
  readonly settings: SealingSettings;
  readonly provider: SealingKeyProvider | undefined;
  readonly repository: GhlAuthRepository;
  readonly clock: Clock;
  readonly log: Log;
  /** One call of the provider. */
  readonly timeoutMs: number;
}

/** How this instance seals. */
export interface Sealing {
  readonly ring: KeyRing;
  /** Seals whatever is stored or leaves the process. */
  readonly codec: SealingCodec;
  /** Asks the provider for its key, and says so where nothing is sealed. @throws {GhlAuthError} `GHL_CONFIG_INVALID` */
  begin(): Promise<void>;
}

const UNSEALED = 'Tokens are stored unsealed: whoever reads the database, or a backup of it, has them.';
const NO_KEY = `${UNSEALED} Set GHL_AUTH_SEALING_KEYS (id:base64); make a key with: openssl rand -base64 32`;
const DISABLED = `${UNSEALED} sealing.enabled is false; take it out once every instance has the key`;

/** Puts the keys and the codec together. Calls nobody yet. */
export function createSealing({ settings, provider, ...parts }: SealingParts): Sealing {
  const { clock, log, timeoutMs } = parts;
  const host = provider && new HostKeys(provider, clock, log, { timeoutMs });
  const ring = new KeyRing(settings, host);
  return {
    ring,
    codec: new SealingCodec(ring, settings),
    begin: async () => {
      const problem = (await host?.warmUp()) ?? null;
      if (problem !== null) throw configInvalid([`provider sealingKeys: ${problem}`]);
      // What is in memory is not at rest.
      if (parts.repository instanceof InMemoryRepository || ring.isSealing) return;
      log.warn(settings.isEnabled ? NO_KEY : DISABLED);
    },
  };
}
