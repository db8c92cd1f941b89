import {
  HighLevelSimulator,
  SimulatorServer,
  type FaultHandle,
  type FaultOptions,
  type KeyPair,
  type LedgerEntry,
  type SimulatedApp,
} from '../../../lib/testing.js';
import { systemClock } from '../../../lib/time/clock.js';
import { TIMES } from './times.js';

/** Long enough that a process can die between the rotation and the answer. */
const LATENCY = { tokenMs: 25, apiMs: 3 };

/** The simulated HighLevel. Every process of the fleet has a door of its own, so that the ledger tells who called. */
export class HighLevel {
  readonly simulator: HighLevelSimulator;
  readonly app: SimulatedApp;
  private readonly settled = new Map<LedgerEntry, number>();
  private readonly waiting = new Map<string, () => void>();

  constructor(seed: string, graceRepeatsAccessToken: boolean) {
    const { accessTokenLifetimeMs, graceMs } = TIMES;
    this.simulator = new HighLevelSimulator({
      seed,
      clock: systemClock,
      settings: {
        token: { accessTokenLifetimeMs, graceMs, graceRepeatsAccessToken },
        mint: { lifetimeMs: accessTokenLifetimeMs },
      },
    });
    this.app = this.simulator.addApp();
    this.noteSettling();
    this.clearFaults();
  }

  get client(): KeyPair {
    return this.app.client;
  }

  get ledger(): HighLevelSimulator['ledger'] {
    return this.simulator.ledger;
  }

  /** A door for one process. `host` is how the ledger names it. */
  async openDoor(): Promise<{ readonly server: SimulatorServer; readonly host: string }> {
    const server = new SimulatorServer(this.simulator, { latency: LATENCY });
    const url = await server.start();
    return { server, host: new URL(url).host };
  }

  /** When an answer had gone out, or was given up (ms since the epoch). */
  settledAt(entry: LedgerEntry): number {
    return this.settled.get(entry) ?? Number.POSITIVE_INFINITY;
  }

  /** Acts the next time that a refresh token comes in through a door. */
  atNextRotation(host: string, act: () => void): void {
    this.waiting.set(host, act);
  }

  fault(options: FaultOptions): FaultHandle {
    return this.simulator.fault(options);
  }

  clearFaults(): void {
    this.simulator.clearFaults();
    this.watchRotations();
  }

  private watchRotations(): void {
    const pass = ({ host }: { readonly host: string | undefined }): boolean => {
      const act = this.waiting.get(host ?? '');
      this.waiting.delete(host ?? '');
      act?.();
      return false;
    };
    const match = {
      grantType: 'refresh_token',
      when: (_: unknown, entry: { host: string | undefined }) => pass(entry),
    } as const;
    this.simulator.fault({ match, times: 'forever', do: { delayMs: 1 } });
  }

  private noteSettling(): void {
    const settle = this.simulator.settle.bind(this.simulator);
    this.simulator.settle = (entry, delivered) => {
      if (entry.delivery === 'pending') this.settled.set(entry, Date.now());
      settle(entry, delivered);
    };
  }
}
