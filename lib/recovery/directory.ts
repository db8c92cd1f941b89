import { GhlAuthError } from '../errors/ghl-auth-error.js';
import { scrubError } from '../errors/scrub.js';
import { isId, refOf, type InstallationRef, type Place } from '../installation/installation-ref.js';
import type { Alarms } from '../time/alarms.js';
import type { Clock } from '../time/clock.js';
import { waitFor } from '../time/wait-for.js';
import { BoundedMap } from './bounded-map.js';

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

  /** Everything that is in it, read piece by piece: for recovery jobs over the whole directory. */
  list?(): AsyncIterable<ListedInstallation> | Iterable<ListedInstallation>;
}

/** An installation as a directory lists it. */
export type ListedInstallation = InstallationRef & Pick<DirectoryEntry, 'clientId'>;

const NEGATIVE_MS = 30_000;
const MAX_NEGATIVE = 10_000;
const MAX_AT_ONCE = 20;
const MAX_WAITING = 1_000;
const BUSY_MS = 1_000;

/** Asks the directory about installations that the store does not know. Bounds what unknown ids may cost. @internal */
export class DirectoryGate {
  private readonly negative = new BoundedMap<number>(MAX_NEGATIVE);
  private readonly waiting: (() => void)[] = [];
  private atOnce = 0;

  constructor(
    private readonly directory: InstallationDirectory | undefined,
    private readonly clock: Clock,
    private readonly alarms: Alarms,
    private readonly settings: { readonly timeoutMs: number },
  ) {}

  /**
   * @throws {GhlAuthError} `GHL_INSTALLATION_UNKNOWN` unless the directory confirms the installation, `GHL_RECOVERY_PENDING` where too
   * many are waiting for it, `GHL_STORE_FAILED` where it fails
   */
  async confirm(place: Place): Promise<DirectoryEntry> {
    const { directory } = this;
    const until = this.negative.get(place.key);
    if (directory === undefined || (until !== undefined && this.clock.monotonic() < until)) throw unknown(place);
    const entry = await this.oneOfFew(place, () => this.ask(directory, place));
    if (entry !== null) return entry;
    this.negative.set(place.key, this.clock.monotonic() + NEGATIVE_MS);
    throw unknown(place);
  }

  private async ask(directory: InstallationDirectory, place: Place): Promise<DirectoryEntry | null> {
    const onTimeout = (): Error => new Error(`no answer within ${this.settings.timeoutMs} ms (timeouts.storeMs)`);
    try {
      const asked = Promise.resolve().then(() => directory.find(refOf(place)));
      return entryFrom(await waitFor<unknown>(asked, this.alarms, { limitMs: this.settings.timeoutMs, onTimeout }));
    } catch (error) {
      const cause = scrubError(error);
      throw new GhlAuthError('GHL_STORE_FAILED', `The directory failed at find(): ${cause.message}`, {
        installation: refOf(place),
        cause,
      });
    }
  }

  private async oneOfFew<T>(place: Place, work: () => Promise<T>): Promise<T> {
    if (this.waiting.length >= MAX_WAITING) throw this.busy(place);
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

  private busy(place: Place): GhlAuthError {
    return new GhlAuthError('GHL_RECOVERY_PENDING', 'Too many unknown installations wait for the directory', {
      installation: refOf(place),
      retryAt: new Date(this.clock.now() + BUSY_MS),
    });
  }
}

/** What a directory answered, checked: only an object confirms, and only well-formed ids count. */
const entryFrom = (answer: unknown): DirectoryEntry | null => {
  if (typeof answer !== 'object' || answer === null) return null;
  const { companyId, clientId } = answer as Record<string, unknown>;
  return {
    companyId: isId(companyId) ? companyId : undefined,
    clientId: typeof clientId === 'string' ? clientId : undefined,
  };
};

const unknown = (place: Place): GhlAuthError =>
  new GhlAuthError('GHL_INSTALLATION_UNKNOWN', `No installation is known for ${place.kind} ${place.id}`, {
    installation: refOf(place),
  });
