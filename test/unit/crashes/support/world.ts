import type { InstallationRef } from '../../../../lib/installation/installation-ref.js';
import type { InstallationDirectory } from '../../../../lib/recovery/directory.js';
import type { SimulatorOptions } from '../../../../lib/testing.js';
import { FaultySink } from '../../../support/faulty-sink.js';
import { SimulatedProcess } from '../../../support/simulated-process.js';
import { Workbench, type Instance } from '../../../support/workbench.js';
import { WatchedStore } from './watched-store.js';

/** Few looks at somebody else's lease, so that few of the crossings are looks. */
const OPTIONS = { lease: { lookIntervalMs: 1_000 } };
const QUIET_MS = 2_000;
const LIMIT_MS = 60_000;

/** A process and what runs in it. */
export interface Member {
  readonly process: SimulatedProcess;
  readonly instance: Instance;
}

/** What a world differs in from the usual one. */
export interface WorldOptions {
  readonly simulator?: SimulatorOptions;
  readonly directory?: InstallationDirectory;
  /** @default false */
  readonly hasReconnect?: boolean;
  readonly hasSink?: boolean;
}

/** A store, a sink, HighLevel, and processes that come and go. Watches over everything that happens. */
export class World {
  readonly bench: Workbench;
  readonly store = new WatchedStore();
  readonly sink = new FaultySink();
  /** What a flow's steps hand on. */
  readonly notes: Record<string, string> = {};
  private readonly told = new Set<string>();
  private readonly members: Member[] = [];

  constructor(private readonly options: WorldOptions = {}) {
    this.bench = new Workbench(options.simulator);
    if (options.hasReconnect !== true) this.bench.simulator.setReconnect('removed');
    this.watchPresentations();
  }

  get clock(): Workbench['clock'] {
    return this.bench.clock;
  }

  /** Starts a process, which is killed at its n-th crossing of a port. */
  start(killAt = Number.POSITIVE_INFINITY): Member {
    const process = new SimulatedProcess();
    process.killAtCrossing(killAt);
    const instance = this.bench.instance({
      process,
      options: OPTIONS,
      repository: this.store,
      listener: { onInstallationChange: ({ id }) => void this.told.add(id) },
      ...(this.options.hasSink && { emergencySink: this.sink }),
      ...(this.options.directory && { directory: this.options.directory }),
    });
    const member = { process, instance };
    this.members.push(member);
    return member;
  }

  /** Runs work to its end, to the death of who does it, or to a limit; then some time passes. @returns whether it ended */
  async let(member: Member, work: Promise<unknown>, limitMs = LIMIT_MS): Promise<boolean> {
    let isDone = false;
    const done = (): void => void (isDone = true);
    work.then(done, done);
    for (let passed = 0, step = 1; passed < limitMs && !isDone && member.process.isAlive; passed += step) {
      step = Math.min(250, 2 * step);
      await this.clock.advance(step);
    }
    if (member.process.isAlive) await this.clock.advance(QUIET_MS);
    return isDone;
  }

  /** A usable token of a place at last, and how long that took; `null`: the place is stuck. */
  async untilUsable({ instance }: Member, ref: InstallationRef): Promise<number | null> {
    const began = this.clock.monotonic();
    for (;;) {
      const token = await this.bench.run(instance.tokens.getAccessToken(ref).catch(() => null));
      const spentMs = this.clock.monotonic() - began;
      if (token !== null && this.bench.simulator.describeToken(token)?.state === 'live') return spentMs;
      if (spentMs > 2 * LIMIT_MS) return null;
      await this.clock.advance(250);
    }
  }

  /** Everything in which a rule was broken so far. */
  violations(): string[] {
    const { ledger } = this.bench;
    const isByDead = (entry: unknown): boolean =>
      this.members.some(({ process }) => !process.isAlive && process.calls.includes(entry as never));
    const again = ledger.presentedTwice().filter((one) => one.again.grant === 'refresh_token' && !isByDead(one.first));
    return [
      ...this.store.violations,
      ...again.map(({ token }) => `${token} was presented although its outcome was known`),
      ...ledger.overlapping().map(({ token }) => `${token} was presented twice at the same time`),
      ...ledger.foreign().map(() => 'a token that HighLevel never made was presented'),
      ...ledger.crossed().map(({ token }) => `${token} was used for another place`),
      ...this.presentations,
    ];
  }

  /** Changes that were noted, and that the host has never been told of. */
  untold(): string[] {
    return [...this.store.noted].filter((id) => !this.told.has(id));
  }

  private readonly presentations: string[] = [];

  /** A refresh token is presented only while it is what is stored, under a mark, and not known to be refused. */
  private watchPresentations(): void {
    const when = ({ body = '' }: { readonly body?: string | Uint8Array | undefined }): boolean => {
      const refreshToken = new URLSearchParams(Buffer.from(body).toString()).get('refresh_token') ?? '';
      const owner = this.store.ownerOf(refreshToken);
      if (owner === undefined) this.presentations.push('a refresh token was presented that is not what is stored');
      else if (owner.mark?.credentialId !== owner.credential?.id || owner.lease === null)
        this.presentations.push('a refresh token was presented without a mark and a lease');
      else if (owner.credential?.refreshTokenRefused) this.presentations.push('a refused refresh token was presented');
      return false;
    };
    const match = { path: '/oauth/token', grantType: 'refresh_token', when } as const;
    this.bench.simulator.fault({ match, times: 'forever', do: 'lost' });
  }
}
