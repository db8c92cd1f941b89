import { SimulatedProcess } from '../simulated-process.js';
import type { Clock } from '../../../lib/time/clock.js';
import type { Chronicle } from './chronicle.js';

/** A stretch in which a process stood still; open as long as it does. */
interface Standstill {
  readonly from: number;
  to: number;
}

/** A process of which is known when it stood still and when it was killed. */
export class RecordedProcess extends SimulatedProcess {
  private readonly standstills: Standstill[] = [];
  private stoppedAt: number | null = null;
  /** In ticks. */
  diedAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly chronicle: Chronicle,
    private readonly time: Clock,
  ) {
    super();
  }

  get isStopped(): boolean {
    return this.stoppedAt !== null;
  }

  override stop(): void {
    if (this.stoppedAt !== null) return;
    super.stop();
    this.stoppedAt = this.time.monotonic();
    this.standstills.push({ from: this.chronicle.tick(), to: Number.POSITIVE_INFINITY });
  }

  override wake(): void {
    super.wake();
    const last = this.standstills.at(-1);
    if (this.stoppedAt !== null && last !== undefined) last.to = this.chronicle.tick();
    this.stoppedAt = null;
  }

  override kill(): void {
    super.kill();
    this.diedAt = Math.min(this.diedAt, this.chronicle.tick());
  }

  /** Whether it ran all the time between two ticks. */
  ranFrom(from: number, to: number): boolean {
    return this.diedAt > to && !this.standstills.some((still) => still.from < to && still.to > from);
  }
}
