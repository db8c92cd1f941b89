import type { HighLevelTransport } from '../../lib/highlevel/transport.js';
import type { InstallationDirectory } from '../../lib/recovery/directory.js';
import type { GhlAuthListener } from '../../lib/recovery/teller.js';
import type { GhlAuthEmergencySink } from '../../lib/storage/emergency-sink.js';
import type { GhlAuthRepository } from '../../lib/storage/ghl-auth.repository.js';
import type { Clock } from '../../lib/time/clock.js';
import { SimulatorTransport, type HighLevelSimulator, type LedgerEntry } from '../../lib/testing.js';

const NEVER = new Promise<never>(() => undefined);

interface Plan {
  readonly when: (port: string) => boolean;
  readonly moment: 'before' | 'after';
  readonly act: () => void;
}

/**
 * A process that tests stop (SIGSTOP), wake and kill (SIGKILL): whatever crosses its ports waits while it is stopped, and
 * waits for ever once it is killed. Its wall clock may be wrong.
 */
export class SimulatedProcess {
  private gate: Promise<void> | null = null;
  private open: () => void = () => undefined;
  private killed = false;
  private planned: Plan | null = null;
  private killedAt = Number.POSITIVE_INFINITY;
  /** How far its wall clock is ahead (ms). */
  skewMs = 0;
  /** Every crossing of a port so far, such as `save before`. */
  readonly crossings: string[] = [];
  /** Its calls to HighLevel. */
  readonly calls: LedgerEntry[] = [];

  get isAlive(): boolean {
    return !this.killed;
  }

  stop(): void {
    this.gate ??= new Promise((resolve) => (this.open = resolve));
  }

  wake(): void {
    this.open();
    this.gate = null;
  }

  kill(): void {
    this.killed = true;
  }

  /** Kills it at its next crossing of a port: before it takes effect, or after that and before the answer. */
  killAt(when: (port: string) => boolean, moment: 'before' | 'after'): void {
    this.planned = { when, moment, act: () => this.kill() };
  }

  /** Kills it at its n-th crossing of a port, counted from 1. */
  killAtCrossing(n: number): void {
    this.killedAt = n;
  }

  /** Stops it at its next crossing of a port. */
  stopAt(when: (port: string) => boolean, moment: 'before' | 'after'): void {
    this.planned = { when, moment, act: () => this.stop() };
  }

  /** Nothing that was planned happens any more. */
  endPlans(): void {
    this.planned = null;
  }

  /** One crossing of a port. */
  async cross<T>(port: string, work: () => Promise<T>): Promise<T> {
    await this.passed(port, 'before');
    const outcome = await work().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    await this.passed(port, 'after');
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  clock(inner: Clock): Clock {
    return {
      now: () => inner.now() + this.skewMs,
      monotonic: () => inner.monotonic(),
      sleep: async (ms, options) => {
        if (options?.signal === undefined) await this.passed('clock', 'before');
        await inner.sleep(ms, options);
        // A time limit that was called off is nothing that happens to it.
        if (options?.signal?.aborted) await this.runs();
        else await this.passed('clock', 'after');
      },
    };
  }

  repository(inner: GhlAuthRepository): GhlAuthRepository {
    return {
      find: (key) => this.cross('find', () => inner.find(key)),
      save: (record, expected) => this.cross('save', () => inner.save(record, expected)),
      list: (query) => this.cross('list', () => inner.list(query)),
      remove: (key, expected) => this.cross('remove', () => inner.remove(key, expected)),
    };
  }

  sink(inner: GhlAuthEmergencySink): GhlAuthEmergencySink {
    return {
      put: (key, text) => this.cross('sink.put', () => inner.put(key, text)),
      list: () => this.cross('sink.list', () => inner.list()),
      get: (key) => this.cross('sink.get', () => inner.get(key)),
      remove: (key) => this.cross('sink.remove', () => inner.remove(key)),
    };
  }

  directory(inner: InstallationDirectory): InstallationDirectory {
    return { find: (ref) => this.cross('directory', async () => inner.find(ref)) };
  }

  listener(inner: GhlAuthListener): GhlAuthListener {
    return { onInstallationChange: (change) => this.cross('listener', async () => inner.onInstallationChange(change)) };
  }

  /** What arrives at a process that is dead does not count as delivered. */
  transport(simulator: HighLevelSimulator): HighLevelTransport {
    const seen = Object.create(simulator) as HighLevelSimulator;
    seen.settle = (entry, delivered) => {
      this.calls.push(entry);
      simulator.settle(entry, delivered && this.isAlive);
    };
    const inner = new SimulatorTransport(seen);
    return { send: (request) => this.cross('highlevel', () => inner.send(request)) };
  }

  private async passed(port: string, moment: 'before' | 'after'): Promise<void> {
    if (this.killed) await NEVER;
    const { planned } = this;
    if (this.crossings.push(`${port} ${moment}`) === this.killedAt) this.kill();
    if (planned?.moment === moment && planned.when(port)) {
      this.planned = null;
      planned.act();
    }
    await this.runs();
  }

  /** Waits while it is stopped, and for ever once it is killed. */
  private async runs(): Promise<void> {
    while (this.gate !== null) await this.gate;
    if (this.killed) await NEVER;
  }
}
