import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '../time/clock.js';
import { HighLevelSimulator, type SimulatorOptions } from './simulator/high-level-simulator.js';
import type { SimulatedAnswer } from './simulator/wire.js';

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
  private readonly clock: Clock;
  private readonly open = new Set<SimulatedAnswer>();
  private stopping = new AbortController();

  constructor(
    readonly simulator: HighLevelSimulator,
    private readonly options: SimulatorServerOptions = {},
  ) {
    this.port = options.port ?? 0;
    this.clock = options.clock ?? systemClock;
  }

  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  get baseUrl(): string {
    if (this.port === 0) throw new Error('The simulator server has not been started');
    return `http://127.0.0.1:${this.port}`;
  }

  /** Listens. @returns the base URL */
  async start(): Promise<string> {
    if (this.server) return this.baseUrl;
    const server = createServer((request, response) => void this.serve(request, response));
    // A keep-alive that ends on our side races with the next request of the client.
    server.keepAliveTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
    this.server = server;
    this.stopping = new AbortController();
    // Every answer that is being delayed listens.
    setMaxListeners(0, this.stopping.signal);
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
    this.stopping.abort();
    await closed;
    for (const answer of this.open) this.simulator.settle(answer.entry, false);
    this.open.clear();
  }

  /** Nothing listens any more: connections are refused for real. `start()` brings the same port back. */
  down(): Promise<void> {
    return this.stop();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, this.options.maxBodyBytes ?? 50_000_000).catch(() => undefined);
    if (body === undefined) return void request.socket.destroy();
    if (body === 'tooLarge') return void response.writeHead(413, { connection: 'close' }).end();
    const { method = 'GET', url = '/', headers } = request;
    const answer = this.simulator.handle({ method, url, headers, body }, { deferred: true });
    this.open.add(answer);
    response.once('close', () => {
      this.open.delete(answer);
      this.simulator.settle(answer.entry, response.writableFinished);
    });
    if (answer.lost === 'hang') return;
    const { tokenMs = 0, apiMs = 0 } = this.options.latency ?? {};
    const isToken = ['token', 'reconnect', 'mint'].includes(answer.entry.endpoint);
    const delay = (answer.delayMs ?? 0) + (isToken ? tokenMs : apiMs);
    if (delay > 0) await this.clock.sleep(delay, { signal: this.stopping.signal });
    if (answer.lost !== undefined) return void request.socket.resetAndDestroy();
    if (response.destroyed) return;
    // Decided as the answer goes out: the client may send its next request before the socket reports back.
    this.simulator.settle(answer.entry, true);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | 'tooLarge'> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
  }
  return size > maxBytes ? 'tooLarge' : Buffer.concat(chunks);
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
