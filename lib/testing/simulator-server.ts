import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Clock, systemClock } from '../time/clock.js';
import { breakOff } from './break-off.js';
import { HighLevelSimulator, type SimulatorOptions } from './simulator/high-level-simulator.js';
import { SimulatorListener } from './simulator-listener.js';

/** How a {@link SimulatorServer} listens and waits. */
export interface SimulatorServerOptions {
  /** @default any free port */
  readonly port?: number;
  /** How long answers take, beside the delays of faults (ms). @default 0 each */
  readonly latency?: { readonly tokenMs?: number; readonly apiMs?: number };
  /** On which latency and delays pass; tests may hand in the simulator's own clock. @default real time */
  readonly clock?: Clock;
  /** Larger request bodies are answered 413. @default 50000000 */
  readonly maxBodyBytes?: number;
}

/**
 * The simulator on real HTTP on loopback. `lost` and `reset` destroy the socket, `hang` never answers. A scripted `refused`
 * can only break the connection before the request is handled; for a real ECONNREFUSED use {@link down}.
 */
export class SimulatorServer {
  private server: Server | undefined;
  private port: number;
  private readonly listener: SimulatorListener;

  constructor(
    readonly simulator: HighLevelSimulator,
    options: SimulatorServerOptions = {},
  ) {
    this.port = options.port ?? 0;
    this.listener = new SimulatorListener(simulator, {
      ...options,
      clock: options.clock ?? systemClock,
      cut: (socket) => breakOff(socket as Socket),
    });
  }

  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  get baseUrl(): string {
    if (this.port === 0) throw new Error('The simulator server has not been started');
    return `http://127.0.0.1:${this.port}`;
  }

  /** Listens. @returns the base URL */
  async start(): Promise<string> {
    if (this.server) return this.baseUrl;
    const server = createServer(this.listener.onRequest);
    // A keep-alive that ends on our side races with the next request of the client.
    server.keepAliveTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    return this.baseUrl;
  }

  /** Closes the port and every connection. */
  async stop(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    this.listener.stop();
    await closed;
  }

  /** Nothing listens any more: connections are refused for real. `start()` brings the same port back. */
  down(): Promise<void> {
    return this.stop();
  }
}

/** A simulator that is served already, on real time unless told otherwise. */
export interface RunningSimulator {
  readonly simulator: HighLevelSimulator;
  readonly server: SimulatorServer;
  readonly baseUrl: string;
  stop(): Promise<void>;
}

/** Makes a simulator and serves it. @param options.clock HighLevel's clock @default real time */
export async function startSimulator(
  options: SimulatorOptions & { readonly server?: SimulatorServerOptions } = {},
): Promise<RunningSimulator> {
  const simulator = new HighLevelSimulator({ clock: systemClock, ...options });
  const server = new SimulatorServer(simulator, options.server);
  const baseUrl = await server.start();
  return { simulator, server, baseUrl, stop: () => server.stop() };
}
