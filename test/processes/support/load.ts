import { setTimeout as sleep } from 'node:timers/promises';
import type { BackendProcess } from './backend-process.js';
import { Dice } from './dice.js';
import type { Fleet } from './fleet.js';
import { PLACES } from './world.js';

/** So long a customer waits at most: longer than the backend needs to give up by itself. */
export const PATIENCE_MS = 30_000;

/** One call of a customer. */
export interface CustomerCall {
  readonly locationId: string;
  readonly process: string;
  readonly from: number;
  readonly to: number;
  /** `null`: no answer. */
  readonly status: number | null;
  /** The code of an error of the module's, if it was one. */
  readonly error: string | null;
}

/** Calls the backend for a location, as a customer's browser does. */
export async function callFor(member: BackendProcess, locationId: string): Promise<CustomerCall> {
  const from = Date.now();
  const end = (status: number | null, error: string | null): CustomerCall => ({
    locationId,
    process: member.name,
    from,
    to: Date.now(),
    status,
    error,
  });
  try {
    const answer = await fetch(`${member.url}/locations/${locationId}/contacts`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const body = (await answer.json()) as { error?: unknown };
    return end(answer.status, typeof body.error === 'string' ? body.error : null);
  } catch {
    return end(null, null);
  }
}

const BUSY = PLACES.filter(({ isQuiet }) => !isQuiet);

/** Customers who call all the time. */
export class Load {
  readonly calls: CustomerCall[] = [];
  private isOver = false;
  private readonly customers: Promise<void>[];

  constructor(
    private readonly fleet: Fleet,
    seed: string,
    customers: number,
  ) {
    this.customers = Array.from({ length: customers }, (_, n) => this.live(new Dice(`${seed}/customer ${n}`)));
  }

  /** Lets the calls that are under way come to their end, and makes no more. */
  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.customers);
  }

  private async live(dice: Dice): Promise<void> {
    while (!this.isOver) {
      await sleep(dice.between(50, 350));
      const { locationId } = dice.pick(BUSY);
      const listening = this.fleet.running.filter(({ url }) => url !== null);
      if (listening.length > 0) this.calls.push(await callFor(dice.pick(listening), locationId));
    }
  }
}
