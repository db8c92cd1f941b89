import { Subject, type Observable } from 'rxjs';
import { backOffMs } from '../decision/back-off.js';
import { scrubError } from '../errors/scrub.js';
import { installationRefOf, type Installation, type InstallationChange, type UntoldChange } from '../installation/installation.js';
import type { Log } from '../logging/log.js';
import type { InstallationStore, Stored } from '../storage/installation-store.js';
import type { Alarms } from '../time/alarms.js';
import { waitFor } from '../time/wait-for.js';

/** The host's handler for changes of state. Provide it as `listener`. */
export interface GhlAuthListener {
  /**
   * Is told of every change at least once, and again until the returned promise has resolved. Tell repetitions by `change.id`.
   */
  onInstallationChange(change: InstallationChange): Promise<void> | void;
}

const AGAIN = { baseMs: 1_000, maxMs: 300_000 };

/** Tells the host of changes, at least once: what is not told yet stands in the record. Never delays a recovery. */
export class Teller {
  private readonly subject = new Subject<InstallationChange>();
  /** For watching only: what nobody hears is gone. */
  readonly changes$: Observable<InstallationChange> = this.subject.asObservable();
  private readonly telling = new Map<string, Promise<void>>();
  private readonly failures = new Map<string, number>();
  private readonly askedAgain = new Set<string>();

  constructor(
    private readonly store: InstallationStore,
    private readonly listener: GhlAuthListener | undefined,
    private readonly linkFor: (installation: Installation) => string | undefined,
    private readonly alarms: Alarms,
    private readonly log: Log,
    private readonly settings: { readonly timeoutMs: number; readonly random: () => number },
  ) {}

  /** Takes note of a save: what is new is put on the stream, and the listener is told of what is still untold. */
  note(before: Installation, { key, installation }: Stored): void {
    const known = new Set(before.untold.map(({ id }) => id));
    for (const change of installation.untold) {
      if (!known.has(change.id)) this.subject.next(this.describe(installation, change));
    }
    if (installation.untold.length > 0) this.tell(key);
  }

  /** Tells what the record says is untold, unless that is under way. */
  tell(key: string): void {
    if (this.listener === undefined) return;
    if (this.telling.has(key)) {
      this.askedAgain.add(key);
      return;
    }
    const work = this.tellAll(key, this.listener)
      .then(
        () => void this.failures.delete(key),
        (error: unknown) => this.tryAgainLater(key, error),
      )
      .finally(() => {
        this.telling.delete(key);
        if (this.askedAgain.delete(key) && !this.failures.has(key)) this.tell(key);
      });
    this.telling.set(key, work);
  }

  /** Resolves when all telling that is under way has ended. */
  async settled(): Promise<void> {
    while (this.telling.size > 0) await Promise.allSettled(this.telling.values());
  }

  /** Ends the stream. */
  complete(): void {
    this.subject.complete();
  }

  private async tellAll(key: string, listener: GhlAuthListener): Promise<void> {
    for (;;) {
      const stored = await this.store.find(key);
      const change = stored?.installation.untold[0];
      if (stored === null || change === undefined) return;
      const told = Promise.resolve().then(() => listener.onInstallationChange(this.describe(stored.installation, change)));
      const onTimeout = (): Error => new Error(`the listener did not return within ${this.settings.timeoutMs} ms (timeouts.listenerMs)`);
      await waitFor(told, this.alarms, { limitMs: this.settings.timeoutMs, onTimeout });
      await this.strike(stored, change.id);
    }
  }

  /** Strikes one change off the record's list. */
  private async strike(stored: Stored, id: string): Promise<void> {
    for (let current: Stored | null = stored; current !== null; current = await this.store.find(stored.key)) {
      const untold = current.installation.untold.filter((change) => change.id !== id);
      if (untold.length === current.installation.untold.length) return;
      if ((await this.store.save(current, { ...current.installation, untold })) !== null) return;
    }
  }

  private tryAgainLater(key: string, error: unknown): void {
    const failures = (this.failures.get(key) ?? 0) + 1;
    this.failures.set(key, failures);
    const delayMs = backOffMs(failures, AGAIN, this.settings.random());
    const cause = scrubError(error);
    this.log.error('The listener could not be told of a change; it stays noted and is told again', { key, failures, delayMs, error: cause.message });
    this.alarms.set(delayMs, () => this.tell(key));
  }

  private describe(installation: Installation, { id, from, to, at, trouble }: UntoldChange): InstallationChange {
    const link = to === 'needs_reauthorization' ? this.linkFor(installation) : undefined;
    return {
      id,
      installation: installationRefOf(installation),
      from,
      to,
      at: new Date(at),
      ...(trouble === null ? {} : { code: trouble.code, reason: trouble.message }),
      ...(trouble?.traceId === undefined ? {} : { traceId: trouble.traceId }),
      ...(trouble?.retryAt == null ? {} : { retryAt: new Date(trouble.retryAt) }),
      ...(link === undefined ? {} : { reauthorizeUrl: link }),
    };
  }
}
