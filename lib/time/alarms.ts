import { contextOfNow } from './apart.js';
import type { Clock } from './clock.js';

/** A reason of its own spares every alarm an error with a stack, which nobody looks at. */
const CALLED_OFF = 'called off';

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
}

/** Any number of alarms on a single timer that does not keep the process alive. They ring in a context of their own. */
export class Alarms {
  private readonly alarms = new Set<Alarm>();
  private readonly apart = contextOfNow();
  private armedFor = Number.POSITIVE_INFINITY;
  private armed: AbortController | null = null;

  constructor(private readonly clock: Clock) {}

  /** Rings once after `delayMs`. @returns a function that calls the alarm off */
  set(delayMs: number, ring: () => void): () => void {
    const alarm: Alarm = { at: this.clock.monotonic() + delayMs, ring };
    this.alarms.add(alarm);
    this.arm(alarm.at);
    return () => {
      if (this.alarms.delete(alarm) && this.alarms.size === 0) this.disarm();
    };
  }

  private arm(at: number): void {
    if (at >= this.armedFor) return;
    this.disarm();
    const armed = new AbortController();
    this.armed = armed;
    this.armedFor = at;
    const delay = Math.max(0, at - this.clock.monotonic());
    this.apart(() => {
      void this.clock.sleep(delay, { signal: armed.signal, background: true }).then(() => {
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
    for (const alarm of ringing) this.alarms.delete(alarm);
    if (next < Number.POSITIVE_INFINITY) this.arm(next);
    for (const alarm of ringing) alarm.ring();
  }
}
