import { contextOfNow } from './apart.js';
import type { Clock } from './clock.js';

/** A reason of its own spares every alarm an error with a stack, which nobody looks at. */
const CALLED_OFF = 'called off';

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
  readonly isAwaited: boolean;
}

/**
 * Any number of alarms on a single timer, which keeps the process alive only as long as somebody waits for one of them. They ring in a context
 * of their own.
 */
export class Alarms {
  private readonly alarms = new Set<Alarm>();
  private readonly apart = contextOfNow();
  private armedFor = Number.POSITIVE_INFINITY;
  private awaited = 0;
  private isForeground = false;
  private armed: AbortController | null = null;

  constructor(private readonly clock: Clock) {}

  /**
   * Rings once after `delayMs`.
   * @param options.isAwaited whether somebody goes on only when it rings: then it is no wait in the background
   * @returns a function that calls the alarm off
   */
  set(delayMs: number, ring: () => void, { isAwaited = false } = {}): () => void {
    const alarm: Alarm = { at: this.clock.monotonic() + delayMs, ring, isAwaited };
    this.alarms.add(alarm);
    if (isAwaited) this.awaited += 1;
    this.arm(alarm.at);
    return () => {
      if (!this.takeOut(alarm)) return;
      if (this.alarms.size === 0) this.disarm();
      else this.arm(this.armedFor);
    };
  }

  private takeOut(alarm: Alarm): boolean {
    const wasThere = this.alarms.delete(alarm);
    if (wasThere && alarm.isAwaited) this.awaited -= 1;
    return wasThere;
  }

  private arm(at: number): void {
    const isForeground = this.awaited > 0;
    if (at >= this.armedFor && isForeground === this.isForeground) return;
    const until = Math.min(at, this.armedFor);
    this.disarm();
    const armed = new AbortController();
    this.armed = armed;
    this.armedFor = until;
    this.isForeground = isForeground;
    const delay = Math.max(0, until - this.clock.monotonic());
    this.apart(() => {
      void this.clock.sleep(delay, { signal: armed.signal, background: !isForeground }).then(() => {
        if (!armed.signal.aborted) this.ring();
      });
    });
  }

  private disarm(): void {
    this.armed?.abort(CALLED_OFF);
    this.armed = null;
    this.armedFor = Number.POSITIVE_INFINITY;
  }

  private ring(): void {
    this.armed = null;
    this.armedFor = Number.POSITIVE_INFINITY;
    const now = this.clock.monotonic();
    let next = Number.POSITIVE_INFINITY;
    const ringing: Alarm[] = [];
    for (const alarm of this.alarms) {
      if (alarm.at <= now) ringing.push(alarm);
      else next = Math.min(next, alarm.at);
    }
    for (const alarm of ringing) this.takeOut(alarm);
    if (next < Number.POSITIVE_INFINITY) this.arm(next);
    for (const alarm of ringing) alarm.ring();
  }
}
