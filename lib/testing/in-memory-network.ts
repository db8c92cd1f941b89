import { type ClientRequestArgs, createServer, Agent as HttpAgent, type Server } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
// Taken from the module: a test framework's fake timers put theirs into the globals only.
import { setImmediate } from 'node:timers';
import axios, { type AxiosAdapter } from 'axios';
import { inMemoryFetch } from './in-memory-fetch.js';
import { HANG_MS, type InMemoryNetworkOptions, lostConnection, unknownHost } from './in-memory-wire.js';
import { onTheClock } from './in-memory-timeout.js';
import { breakMemoryPipe, openMemoryPipe } from './memory-pipe.js';
import type { HighLevelSimulator } from './simulator/high-level-simulator.js';
import type { LostAnswer } from './simulator/wire.js';
import { SimulatorListener } from './simulator-listener.js';

type Connect = (args: ClientRequestArgs) => Duplex;

/**
 * The simulator as a network in this process: Node's own HTTP client and server, with a pipe in memory for a socket. Nothing listens, nothing
 * keeps the process alive, and requests look as they do on the wire: streams and forms arrive whole, redirects are followed.
 */
export class InMemoryNetwork {
  /** Carries requests of axios. */
  readonly adapter: AxiosAdapter;
  /** Carries requests of code that uses `fetch`. Redirects are handed back. */
  readonly fetch: typeof globalThis.fetch;
  private readonly server: Server;

  constructor(
    simulator: HighLevelSimulator,
    private readonly options: InMemoryNetworkOptions,
  ) {
    const { clock, latencyMs = 0 } = options;
    const latency = { tokenMs: latencyMs, apiMs: latencyMs };
    const listener = new SimulatorListener(simulator, { clock, latency, hangMs: HANG_MS, cut });
    this.server = createServer(listener.onRequest);
    this.server.keepAliveTimeout = 0;
    this.adapter = this.makeAdapter();
    this.fetch = inMemoryFetch(simulator, options);
  }

  private makeAdapter(): AxiosAdapter {
    const connect: Connect = (args) => this.connect(args);
    const agents = { httpAgent: new PipeHttpAgent(connect), httpsAgent: new PipeHttpsAgent(connect) };
    const carry = onTheClock(this.options.clock, axios.getAdapter('http'));
    return async (config) => {
      const direct = { ...config, ...agents, proxy: false as const, httpVersion: 1 as const };
      for (const name of ['transport', 'socketPath', 'lookup'] as const) delete direct[name];
      const response = await carry(direct);
      response.config = config;
      return response;
    };
  }

  private connect({ host, port }: ClientRequestArgs): Duplex {
    const name = String(host);
    const { client, server } = openMemoryPipe();
    const isKnown = this.options.knows(name) || this.options.knows(`${name}:${String(port)}`);
    if (isKnown) this.server.emit('connection', server);
    else setImmediate(() => client.destroy(unknownHost(name)));
    return client;
  }
}

class PipeHttpAgent extends HttpAgent {
  constructor(private readonly connect: Connect) {
    super();
  }

  override createConnection(args: ClientRequestArgs): Duplex {
    return this.connect(args);
  }
}

/** Without TLS: nobody listens in on memory. */
class PipeHttpsAgent extends HttpsAgent {
  constructor(private readonly connect: Connect) {
    super();
  }

  override createConnection(args: ClientRequestArgs): Duplex {
    return this.connect(args);
  }
}

const cut = (connection: Duplex, lost: LostAnswer): void => breakMemoryPipe(connection, lostConnection(lost));
