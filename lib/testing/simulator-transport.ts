import type { AxiosAdapter } from 'axios';
import {
  type HighLevelRequest,
  type HighLevelResponse,
  type HighLevelTransport,
  TransportError,
} from '../highlevel/transport.js';
import type { Clock } from '../time/clock.js';
import { InMemoryNetwork } from './in-memory-network.js';
import type { HighLevelSimulator } from './simulator/high-level-simulator.js';

/** How the network between the module and the simulator behaves. */
export interface SimulatorTransportOptions {
  /** On which delays and time limits pass. @default the simulator's ManualClock */
  readonly clock?: Clock;
  /** Every answer takes so long (ms). @default 0 */
  readonly latencyMs?: number;
  /** Hosts that resolve, with their ports where those are not the usual ones; a call to any other fails as unknown. @default ['services.leadconnectorhq.com'] */
  readonly hosts?: readonly string[];
  /** A larger answer is broken off, as a careful transport does. @default 1048576 */
  readonly maxAnswerBytes?: number;
}

/**
 * The simulator as a transport, in process: no socket, and no time but the clock's. Given to the module as its `transport`, it carries the
 * module's own calls, and those of `GhlHttpService` and of instances that `GhlAuthInterceptor` is attached to.
 */
export class SimulatorTransport implements HighLevelTransport {
  private readonly clock: Clock;
  private readonly latencyMs: number;
  private readonly hosts: Set<string>;
  private readonly maxAnswerBytes: number;
  private lazyNetwork: InMemoryNetwork | undefined;

  constructor(
    private readonly simulator: HighLevelSimulator,
    options: SimulatorTransportOptions = {},
  ) {
    this.clock = options.clock ?? simulator.clock;
    this.latencyMs = options.latencyMs ?? 0;
    this.hosts = new Set(options.hosts ?? ['services.leadconnectorhq.com']);
    this.maxAnswerBytes = options.maxAnswerBytes ?? 1_048_576;
  }

  /** The same simulator for code that sends tokens itself, with axios or `fetch`. */
  get network(): InMemoryNetwork {
    const { clock, latencyMs, hosts } = this;
    return (this.lazyNetwork ??= new InMemoryNetwork(this.simulator, {
      clock,
      latencyMs,
      knows: (host) => hosts.has(host),
    }));
  }

  /** Carries API calls. */
  get apiAdapter(): AxiosAdapter {
    return this.network.adapter;
  }

  /** Makes a further host resolve, as `host` or `host:port`. */
  addHost(host: string): void {
    this.hosts.add(host);
  }

  async send(request: HighLevelRequest): Promise<HighLevelResponse> {
    const { host } = new URL(request.url);
    if (!this.hosts.has(host)) throw new TransportError(`getaddrinfo ENOTFOUND ${host}`, false, 'ENOTFOUND');
    const answer = this.simulator.handle(request, { deferred: true });
    const delay = (answer.delayMs ?? 0) + this.latencyMs;
    const arrives = answer.lost !== 'hang' && delay <= request.timeoutMs;
    const tooLarge = answer.body.length > this.maxAnswerBytes;
    try {
      await this.pass(arrives ? delay : request.timeoutMs);
    } finally {
      this.simulator.settle(answer.entry, arrives && !tooLarge && answer.lost === undefined);
    }
    if (!arrives) throw new TransportError(`no answer within ${request.timeoutMs} ms`, true, 'ETIMEDOUT');
    if (tooLarge)
      throw new TransportError(`the answer is larger than ${this.maxAnswerBytes} bytes`, true, 'ERR_BAD_RESPONSE');
    switch (answer.lost) {
      case undefined:
        return { status: answer.status, headers: answer.headers, body: answer.body };
      case 'refused':
        throw new TransportError('connect ECONNREFUSED', false, 'ECONNREFUSED');
      default:
        throw new TransportError('read ECONNRESET', true, 'ECONNRESET');
    }
  }

  private async pass(ms: number): Promise<void> {
    if (ms > 0) await this.clock.sleep(ms);
    else await Promise.resolve();
  }
}
