import { GhlAuthError } from '../errors/ghl-auth-error.js';
import { scrubError } from '../errors/scrub.js';
import { refOf, type InstallationRef, type Place } from '../installation/installation-ref.js';
import type { Alarms } from '../time/alarms.js';
import type { Clock } from '../time/clock.js';
import { waitFor } from '../time/wait-for.js';

/** What the host knows of an installation. */
export interface DirectoryEntry {
  /** A location's parent, where it is known: its credential can then mint the location's token. */
  readonly companyId?: string | undefined;
  /** The client id that the installation was made with, where it is known. */
  readonly clientId?: string | undefined;
}

/**
 * The host's own list of who has installed the app. Provide it as `directory`: it is the proof that is needed before an
 * installation that the store does not know is recovered without having been asked for.
 */
export interface InstallationDirectory {
  /** What is known about an installation, or `null` where the app is not installed there. */
  find(ref: InstallationRef): Promise<DirectoryEntry | null> | DirectoryEntry | null;
}

const NEGATIVE_MS = 30_000;
const MAX_NEGATIVE = 10_000;
const MAX_AT_ONCE = 20;

/** Asks the directory about installations that the store does not know. Bounds what unknown ids may cost. */
export class DirectoryGate {
  private readonly negative = new Map<string, number>();
  private readonly waiting: (() => void)[] = [];
  private atOnce = 0;

  constructor(
    private readonly directory: InstallationDirectory | undefined,
    private readonly clock: Clock,
    private readonly alarms: Alarms,
    private readonly settings: { readonly timeoutMs: number },
  ) {}

  /** @throws {GhlAuthError} `GHL_INSTALLATION_UNKNOWN` unless the directory confirms the installation */
  async confirm(place: Place): Promise<DirectoryEntry> {
    const until = this.negative.get(place.key);
    if (this.directory === undefined || (until !== undefined && this.clock.monotonic() < until)) throw unknown(place);
    const entry = await this.oneOfFew(() => this.ask(this.directory as InstallationDirectory, place));
    if (entry === null || entry === undefined) {
      this.remember(place.key);
      throw unknown(place);
    }
    return entry;
  }

  /** Forgets that an installation was unknown. */
  forget(key: string): void {
    this.negative.delete(key);
  }

  private async ask(directory: InstallationDirectory, place: Place): Promise<DirectoryEntry | null> {
    const onTimeout = (): Error => new Error(`no answer within ${this.settings.timeoutMs} ms (timeouts.storeMs)`);
    try {
      const asked = Promise.resolve().then(() => directory.find(refOf(place)));
      return await waitFor(asked, this.alarms, { limitMs: this.settings.timeoutMs, onTimeout });
    } catch (error) {
      const cause = scrubError(error);
      throw new GhlAuthError('GHL_STORE_FAILED', `The directory failed at find(): ${cause.message}`, { installation: refOf(place), cause });
    }
  }

  private async oneOfFew<T>(work: () => Promise<T>): Promise<T> {
    if (this.atOnce >= MAX_AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.atOnce += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.atOnce -= 1;
      else next();
    }
  }

  private remember(key: string): void {
    if (this.negative.size >= MAX_NEGATIVE) this.negative.delete(this.negative.keys().next().value as string);
    this.negative.set(key, this.clock.monotonic() + NEGATIVE_MS);
  }
}

const unknown = (place: Place): GhlAuthError =>
  new GhlAuthError('GHL_INSTALLATION_UNKNOWN', `No installation is known for ${place.kind} ${place.id}`, { installation: refOf(place) });
