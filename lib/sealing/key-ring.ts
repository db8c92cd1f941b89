import type { HostKeys } from './host-keys.js';
import type { KnownKey } from './sealing-key.js';

/** The options of sealing, checked. */
export interface SealingSettings {
  /** The first one seals, all of them open. */
  readonly keys: readonly KnownKey[];
  /** Whether what is written from now on is sealed, where there is a key. */
  readonly isEnabled: boolean;
  /** Whether what is not sealed is read. */
  readonly acceptUnsealed: boolean;
}

/** Every key that seals or opens: those of the options, and those that the host's provider keeps. */
export class KeyRing {
  private readonly own: ReadonlyMap<string, KnownKey>;

  constructor(
    private readonly settings: Pick<SealingSettings, 'keys' | 'isEnabled'>,
    private readonly host: HostKeys | undefined,
  ) {
    this.own = new Map(settings.keys.map((key) => [key.id, key]));
  }

  /** Whether what is written from now on is sealed. */
  get isSealing(): boolean {
    return this.settings.isEnabled && (this.host !== undefined || this.settings.keys.length > 0);
  }

  /** Ids of the keys that are known so far. */
  get ids(): readonly string[] {
    return [...new Set([...this.own.keys(), ...(this.host?.ids ?? [])])];
  }

  /** The key that seals; `null` where nothing is sealed. @throws {GhlAuthError} `GHL_SEALING_FAILED` */
  async current(): Promise<KnownKey | null> {
    if (!this.settings.isEnabled) return null;
    return this.host === undefined ? (this.settings.keys[0] ?? null) : this.host.current();
  }

  /** The key that opens what was sealed with it; `null` where it is not there. @throws {GhlAuthError} `GHL_SEALING_FAILED` */
  async find(id: string): Promise<KnownKey | null> {
    return this.own.get(id) ?? (await this.host?.find(id)) ?? null;
  }
}
