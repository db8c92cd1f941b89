import type { RenewalWindows } from '../decision/renewal.js';
import { renewalMoments } from '../decision/renewal.js';
import { accessCredentialOf, type AccessCredential, type Credential } from '../installation/credential.js';
import type { InstallationRef, Place } from '../installation/installation-ref.js';
import type { Stored } from '../storage/installation-store.js';

const RENEWAL_PAUSE_MS = 5_000;
const EXPIRING_PAUSE_MS = 1_000;

/**
 * An installation as this process last saw it. What serving a token needs is in the entry itself, and moments are small integers, which
 * V8 keeps inside of it: with many installations in use, each further place in memory is one that has to be fetched.
 */
export interface CacheEntry {
  readonly place: Place;
  readonly stored: Stored;
  readonly access: AccessCredential | null;
  /** That of {@link access}. */
  readonly token: string | null;
  /** When it was read or written (ms since this cache was made). */
  readonly seenAt: number;
  /** So long from then on the token is served without another thought (ms). 0 where nothing may be served. */
  readonly serveForMs: number;
  /** Since the last sweep of the cache. */
  used: boolean;
}

/**
 * What this process knows about installations, bounded in number. The entry that was not used for longest goes first, roughly:
 * an entry in use costs a flag, not a move in a list.
 */
export class CredentialCache {
  private readonly locations = new Map<string, CacheEntry>();
  private readonly companies = new Map<string, CacheEntry>();

  constructor(
    private readonly settings: {
      readonly maxEntries: number;
      readonly lookAgainMs: number;
      readonly windows: RenewalWindows;
    },
    private readonly startedAt: number,
  ) {}

  /** The entry for a reference that may not be well-formed: a malformed one has none. */
  forRef(ref: InstallationRef): CacheEntry | undefined {
    const { locationId } = ref;
    if (locationId !== undefined) return this.locations.get(locationId);
    return typeof ref !== 'object' || 'locationId' in ref ? undefined : this.companies.get(ref.companyId);
  }

  forPlace(place: Place): CacheEntry | undefined {
    return this.side(place).get(place.id);
  }

  /** For so long the entry has been here (ms). Negative where the clock was set back. */
  ageOf({ seenAt }: CacheEntry, now: number): number {
    return now - this.startedAt - seenAt;
  }

  /** Whether the token is served without another thought. A clock set back makes an entry stale rather than immortal. */
  isFresh(entry: CacheEntry, now: number): boolean {
    const age = this.ageOf(entry, now);
    return age >= 0 && age < entry.serveForMs;
  }

  put(place: Place, stored: Stored, now: number): CacheEntry {
    const { credential, state } = stored.installation;
    const servable = credential !== null && (state === 'active' || state === 'retrying');
    const entry: CacheEntry = {
      place,
      stored,
      access: servable ? accessCredentialOf(credential) : null,
      token: servable ? credential.accessToken : null,
      seenAt: now - this.startedAt,
      serveForMs: servable ? this.serveForMs(credential, now) : 0,
      used: true,
    };
    const side = this.side(place);
    if (!side.has(place.id)) this.makeRoom();
    side.set(place.id, entry);
    return entry;
  }

  delete(place: Place): void {
    this.side(place).delete(place.id);
  }

  get size(): number {
    return this.locations.size + this.companies.size;
  }

  /** Past the advisory moment a renewal has just failed or is another's: so soon it is not tried again. */
  private serveForMs(credential: Credential, now: number): number {
    const { windows, lookAgainMs } = this.settings;
    const { advisoryAt, mandatoryAt } = renewalMoments(credential, windows);
    if (now < advisoryAt) return Math.min(advisoryAt - now, lookAgainMs);
    const pauseMs = now < mandatoryAt ? RENEWAL_PAUSE_MS : EXPIRING_PAUSE_MS;
    return Math.min((now < mandatoryAt ? mandatoryAt : credential.expiresAt) - now, pauseMs, lookAgainMs);
  }

  private side(place: Place): Map<string, CacheEntry> {
    return place.kind === 'location' ? this.locations : this.companies;
  }

  private makeRoom(): void {
    while (this.size >= this.settings.maxEntries) {
      const side = this.locations.size >= this.companies.size ? this.locations : this.companies;
      const oldest = side.entries().next().value;
      if (oldest === undefined) return;
      const [id, entry] = oldest;
      side.delete(id);
      // A second chance for what is in use: it moves to the end of the queue, once per round.
      if (entry.used) {
        entry.used = false;
        side.set(id, entry);
      }
    }
  }
}
