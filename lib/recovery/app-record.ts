import { EMPTY_APP_STATE, type AppState } from '../decision/app-state.js';
import { scrubError } from '../errors/scrub.js';
import type { Log } from '../logging/log.js';
import type { AppStore, StoredApp } from '../storage/app-store.js';
import { endlessConflict } from '../storage/installation-store.js';
import type { Clock } from '../time/clock.js';

/** So long what was read of the app is relied on: a storm of dead installations costs a read every few seconds. */
const FRESH_MS = 2_000;
const MAX_SAVES = 25;

/** What a change of the app's record was made on, and what came of it. */
export interface AppChange {
  readonly before: AppState;
  readonly after: AppState;
}

/** The app's record as this process knows it: what the whole fleet has to know about the app, and not about an installation. */
export class AppRecord {
  private stored: StoredApp = { version: null, app: EMPTY_APP_STATE };
  private readAt = Number.NEGATIVE_INFINITY;
  private reading: Promise<void> | null = null;
  private complainedOf: string | null = null;

  constructor(
    private readonly store: AppStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** As last seen by {@link refresh}, or changed since. */
  get app(): AppState {
    return this.stored.app;
  }

  /** Reads the record now. @throws {GhlAuthError} `GHL_STORE_FAILED` */
  async latest(): Promise<AppState> {
    await this.read();
    return this.app;
  }

  /** Reads the record anew where it was not read just now. A store that fails leaves what was known. */
  async refresh(): Promise<void> {
    if (this.clock.monotonic() - this.readAt < FRESH_MS) return;
    this.reading ??= this.read()
      .catch((error: unknown) => {
        this.readAt = this.clock.monotonic();
        this.complain(error);
      })
      .finally(() => (this.reading = null));
    await this.reading;
  }

  /** Stores what was made of {@link app}, unless anybody has stored anything since. @returns whether it was */
  async claim(next: AppState): Promise<boolean> {
    try {
      const claimed = await this.store.save(this.stored, next);
      if (claimed === null) await this.read();
      else this.stored = claimed;
      return claimed !== null;
    } catch (error) {
      this.complain(error);
      return false;
    }
  }

  /**
   * Stores a change on top of whatever is stored; one that changes nothing costs nothing.
   * @throws {GhlAuthError} `GHL_STORE_FAILED`
   */
  async change(make: (app: AppState) => AppState): Promise<AppChange> {
    for (let attempt = 0; attempt < MAX_SAVES; attempt += 1) {
      const { app: before } = this.stored;
      const after = make(before);
      if (after === before) return { before, after };
      const saved = await this.store.save(this.stored, after);
      if (saved !== null) {
        this.stored = saved;
        return { before, after };
      }
      await this.read();
    }
    throw endlessConflict();
  }

  /** The same, as well as can be: what cannot be stored is remembered by this process. */
  async changeIfPossible(make: (app: AppState) => AppState): Promise<AppChange> {
    try {
      return await this.change(make);
    } catch (error) {
      this.complain(error);
      const { app: before } = this.stored;
      this.stored = { ...this.stored, app: make(before) };
      return { before, after: this.stored.app };
    }
  }

  private async read(): Promise<void> {
    this.stored = await this.store.find();
    this.complainedOf = null;
    this.readAt = this.clock.monotonic();
  }

  /** Once for as long as it stays so: it is read again every few seconds where installations are in trouble. */
  private complain(error: unknown): void {
    const { message } = scrubError(error);
    if (message === this.complainedOf) return;
    this.complainedOf = message;
    this.log.warn('The record of the app could not be read or stored', { error: message });
  }
}
