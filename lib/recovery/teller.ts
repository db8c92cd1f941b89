import { Subject, type Observable } from 'rxjs';
import { backOffMs } from '../decision/back-off.js';
import { scrubError } from '../errors/scrub.js';
import {
  installationRefOf,
  type Installation,
  type InstallationChange,
  type UntoldChange,
} from '../installation/installation.js';
import type { Log } from '../logging/log.js';
import { storeFailed } from '../storage/record-store.js';
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

/** Stands for a listener that another process has: changes are left in the records, for that one to be told of. */
export const LEFT_UNTOLD: GhlAuthListener = { onInstallationChange: () => undefined };

const AGAIN = { baseMs: 1_000, maxMs: 300_000 };

/** How the telling of one installation's changes stands. */
interface Telling {
  /** Under way. */
  work: Promise<void> | null;
  /** Something new came while it was. */
  isAskedAgain: boolean;
  /** How often it has failed in a row; while it waits to be tried again, nothing else starts it. */
  failures: number;
  isWaiting: boolean;
}

/** Tells the host of changes, at least once: what is not told yet stands in the record. Never delays a recovery. @internal */
export class Teller {
  private readonly subject = new Subject<InstallationChange>();
  /** For watching only: what nobody hears is gone. */
  readonly changes$: Observable<InstallationChange> = this.subject.asObservable();
  private readonly tellings = new Map<string, Telling>();
  private isStopped = false;

  constructor(
    private readonly store: InstallationStore,
    private readonly listener: GhlAuthListener | undefined,
    private readonly linkFor: (installation: Installation) => string | undefined,
    private readonly alarms: Alarms,
    private readonly log: Log,
    private readonly settings: { readonly timeoutMs: number; readonly random: () => number },
  ) {}

  /** Takes note of a save: what is new is put on the stream, and the listener is told of what is still untold. */
  note(before: Installation | null, { key, installation }: Stored): void {
    const known = new Set(before?.untold.map(({ id }) => id));
    for (const change of installation.untold) {
      if (!known.has(change.id)) this.subject.next(this.describe(installation, change));
    }
    if (installation.untold.length > 0) this.tell(key);
  }

  /** Takes note of a record that was found: whoever made a change that is untold for so long has died before it was told. */
  remind({ key, installation: { untold } }: Stored, now: number): void {
    const [oldest] = untold;
    if (oldest !== undefined && now - oldest.at > 2 * this.settings.timeoutMs) this.tell(key);
  }

  /** Tells what the record says is untold, unless that is under way or waits to be tried again. */
  tell(key: string): void {
    if (this.listener === undefined || this.isStopped) return;
    const telling = this.tellings.get(key) ?? { work: null, isAskedAgain: false, failures: 0, isWaiting: false };
    this.tellings.set(key, telling);
    if (telling.work !== null) telling.isAskedAgain = true;
    else if (!telling.isWaiting) telling.work = this.work(key, telling, this.listener);
  }

  /** Resolves when all telling that is under way has ended. */
  async settled(): Promise<void> {
    const underWay = (): Promise<void>[] => [...this.tellings.values()].flatMap(({ work }) => work ?? []);
    for (let work = underWay(); work.length > 0; work = underWay()) await Promise.all(work);
  }

  /** Tells no more, and ends the stream. What is untold stands in the records. */
  stop(): void {
    this.isStopped = true;
    this.subject.complete();
  }

  private async work(key: string, telling: Telling, listener: GhlAuthListener): Promise<void> {
    telling.isAskedAgain = false;
    try {
      await this.tellAll(key, listener);
    } catch (error) {
      this.tryAgainLater(key, telling, error);
    }
    telling.work = null;
    if (telling.isWaiting) return;
    this.tellings.delete(key);
    if (telling.isAskedAgain) this.tell(key);
  }

  private async tellAll(key: string, listener: GhlAuthListener): Promise<void> {
    const { timeoutMs } = this.settings;
    const told = new Set<string>();
    for (;;) {
      const stored = await this.store.find(key);
      const change = stored?.installation.untold[0];
      if (stored === null || change === undefined || this.isStopped) return;
      if (told.has(change.id)) throw storeFailed('save', 'what it said was saved is not there');
      const work = Promise.resolve().then(() =>
        listener.onInstallationChange(this.describe(stored.installation, change)),
      );
      const onTimeout = (): Error => new Error(`no return within ${timeoutMs} ms (timeouts.listenerMs)`);
      await waitFor(work, this.alarms, { limitMs: timeoutMs, onTimeout });
      await this.strike(stored, change.id);
      told.add(change.id);
    }
  }

  /** Strikes one change off the record's list. */
  private async strike(stored: Stored, id: string): Promise<void> {
    await this.store.change(stored, (found) => {
      const untold = found?.untold.filter((change) => change.id !== id) ?? [];
      return found === null || untold.length === found.untold.length ? null : { ...found, untold };
    });
  }

  private tryAgainLater(key: string, telling: Telling, error: unknown): void {
    telling.failures += 1;
    telling.isWaiting = true;
    const { failures } = telling;
    const delayMs = backOffMs(failures, AGAIN, this.settings.random());
    const cause = scrubError(error);
    this.log.error('The listener could not be told of a change; it stays noted and is told again', {
      key,
      failures,
      delayMs,
      error: cause.message,
    });
    this.alarms.set(delayMs, () => {
      telling.isWaiting = false;
      this.tell(key);
    });
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
