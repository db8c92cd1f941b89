import type { GhlAuthError } from '../errors/ghl-auth-error.js';
import { scrubError } from '../errors/scrub.js';
import type { Log } from '../logging/log.js';
import { contextOfNow } from '../time/apart.js';
import type { Clock } from '../time/clock.js';
import { within } from '../time/within.js';
import { knownKeyFrom, type KnownKey, type SealingKey } from './sealing-key.js';
import { sealingFailed } from './sealing-failed.js';

/**
 * The host's own keeper of sealing keys, such as a KMS. Provide it as `sealingKeys`. What it answers is kept in memory: it is asked
 * once per key, and for the present one every few minutes, off everybody's path.
 */
export interface SealingKeyProvider {
  /** The key that records are sealed with from now on. */
  current(): Promise<SealingKey> | SealingKey;
  /** The key with an id that was found in a record; `null` where there is none. */
  find(id: string): Promise<SealingKey | null> | SealingKey | null;
}

/** So long the present key is relied on; then it is asked for again while it goes on being used. */
const CURRENT_FRESH_MS = 5 * 60_000;
/** So long an id stays unknown. Ids stand in records, and whoever can write those must not be able to keep a KMS busy. */
const UNKNOWN_MS = 60_000;
const MAX_UNKNOWN = 1_000;
/** So long after a failure the provider is left alone, and the failure is given again. */
const PAUSE_MS = 1_000;

type Operation = keyof SealingKeyProvider;

/** The keys that the host's provider has answered. */
export class HostKeys {
  private readonly apart = contextOfNow();
  private readonly known = new Map<string, KnownKey>();
  private readonly unknown = new Map<string, number>();
  private readonly underWay = new Map<string, Promise<KnownKey | null>>();
  private present: { readonly key: KnownKey; readonly at: number } | null = null;
  private failed: { readonly error: GhlAuthError; readonly at: number } | null = null;

  constructor(
    private readonly provider: SealingKeyProvider,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly settings: { readonly timeoutMs: number },
  ) {}

  /** Ids of the keys that have been answered so far. */
  get ids(): readonly string[] {
    return [...this.known.keys()];
  }

  /** The key to seal with. @throws {GhlAuthError} `GHL_SEALING_FAILED` where none was ever answered */
  async current(): Promise<KnownKey> {
    if (this.present === null) return this.askForCurrent();
    if (this.clock.monotonic() - this.present.at >= CURRENT_FRESH_MS) this.renew(this.present.key);
    return this.present.key;
  }

  /** The key with an id; `null` where the provider has none. @throws {GhlAuthError} `GHL_SEALING_FAILED` */
  async find(id: string): Promise<KnownKey | null> {
    const known = this.known.get(id);
    if (known !== undefined) return known;
    const until = this.unknown.get(id);
    if (until !== undefined && this.clock.monotonic() < until) return null;
    return this.once(`find ${id}`, () => this.askFor(id));
  }

  /** Asks for the key to seal with at boot. @returns what is wrong with the answer, if anything is; trouble is only logged */
  async warmUp(): Promise<string | null> {
    try {
      await this.askForCurrent();
    } catch (error) {
      const { message, cause } = error as GhlAuthError;
      // Without a cause it is the answer itself, which trying again does not mend.
      if (cause === undefined) return message;
      this.log.error('What is sealed cannot be read or written before the key provider answers', { error: message });
    }
    return null;
  }

  private renew(present: KnownKey): void {
    // Not again before another interval has passed, whatever comes of it.
    this.present = { key: present, at: this.clock.monotonic() };
    this.askForCurrent().then(
      ({ id }) => {
        if (id !== present.id) this.log.info('What is written from now on is sealed with another key', { id });
      },
      ({ message }: GhlAuthError) =>
        this.log.warn('The key provider does not answer; the key from before goes on being used', {
          id: present.id,
          error: message,
        }),
    );
  }

  private async askForCurrent(): Promise<KnownKey> {
    const asked = this.once('current', async () => {
      const key = await this.ask('current', () => this.provider.current());
      if (key === null) throw this.failure('current', 'it answered nothing');
      this.present = { key, at: this.clock.monotonic() };
      return key;
    });
    return (await asked) as KnownKey;
  }

  private async askFor(id: string): Promise<KnownKey | null> {
    const key = await this.ask('find', () => this.provider.find(id));
    if (key !== null && key.id !== id) throw this.failure('find', 'it answered another key than it was asked for');
    if (key !== null) return key;
    if (this.unknown.size >= MAX_UNKNOWN) this.unknown.clear();
    this.unknown.set(id, this.clock.monotonic() + UNKNOWN_MS);
    return null;
  }

  /** Whoever asks for the same while it is being asked for waits along. */
  private once(name: string, work: () => Promise<KnownKey | null>): Promise<KnownKey | null> {
    const underWay = this.underWay.get(name);
    if (underWay !== undefined) return underWay;
    const asking = work().finally(() => this.underWay.delete(name));
    this.underWay.set(name, asking);
    return asking;
  }

  private async ask(operation: Operation, work: () => unknown): Promise<KnownKey | null> {
    const { clock, failed } = this;
    if (failed !== null && clock.monotonic() - failed.at < PAUSE_MS) throw failed.error;
    const answer = await this.answerOf(operation, work);
    if (answer === null || answer === undefined) return null;
    const key = knownKeyFrom(answer);
    if (key === null) throw this.failure(operation, 'it answered no { id, key } with a well-formed id and 32 bytes');
    this.known.set(key.id, key);
    return key;
  }

  private async answerOf(operation: Operation, work: () => unknown): Promise<unknown> {
    const { timeoutMs } = this.settings;
    const onTimeout = (): Error => new Error(`no answer within ${timeoutMs} ms (timeouts.storeMs)`);
    try {
      return await within(this.clock, timeoutMs, () => this.apart(async () => work()), onTimeout);
    } catch (error) {
      const cause = scrubError(error);
      throw this.failure(operation, cause.message, cause);
    }
  }

  private failure(operation: Operation, problem: string, cause?: Error): GhlAuthError {
    const error = sealingFailed(operation, problem, cause);
    this.failed = { error, at: this.clock.monotonic() };
    return error;
  }
}
