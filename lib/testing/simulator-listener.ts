import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../time/clock.js';
import type { HighLevelSimulator } from './simulator/high-level-simulator.js';
import type { LostAnswer, SimulatedAnswer } from './simulator/wire.js';

/** How a {@link SimulatorListener} answers. */
export interface SimulatorListenerOptions {
  /** On which latency and delays pass. */
  readonly clock: Clock;
  /** How long answers take, beside the delays of faults (ms). @default 0 each */
  readonly latency?: { readonly tokenMs?: number; readonly apiMs?: number } | undefined;
  /** Larger request bodies are answered 413. @default 50000000 */
  readonly maxBodyBytes?: number | undefined;
  /** So long until a `hang` breaks the connection after all (ms). @default never */
  readonly hangMs?: number | undefined;
  /** Breaks a connection. */
  readonly cut: (connection: Duplex, lost: LostAnswer) => void;
}

/** Answers Node's HTTP requests with the simulator, whatever they come over. */
export class SimulatorListener {
  private readonly open = new Set<SimulatedAnswer>();
  private stopping = new AbortController();

  constructor(
    private readonly simulator: HighLevelSimulator,
    private readonly options: SimulatorListenerOptions,
  ) {}

  /** A `request` event of a server. */
  readonly onRequest = (request: IncomingMessage, response: ServerResponse): void =>
    void this.answer(request, response);

  /** Waits for nothing any more; what is not answered counts as lost. */
  stop(): void {
    this.stopping.abort();
    this.stopping = new AbortController();
    for (const answer of this.open) this.simulator.settle(answer.entry, false);
    this.open.clear();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, this.options.maxBodyBytes ?? 50_000_000).catch(() => undefined);
    if (body === undefined) return void request.socket.destroy();
    if (body === 'tooLarge') return void response.writeHead(413, { connection: 'close' }).end();
    const { method = 'GET', url = '/', headers } = request;
    const answer = this.simulator.handle({ method, url, headers, body }, { deferred: true });
    const closed = new AbortController();
    this.open.add(answer);
    response.once('close', () => {
      closed.abort();
      this.open.delete(answer);
      this.simulator.settle(answer.entry, response.writableFinished);
    });
    const delayMs = this.delayOf(answer);
    if (delayMs === undefined) return;
    if (delayMs > 0) await this.sleep(delayMs, closed.signal);
    if (closed.signal.aborted) return;
    if (answer.lost !== undefined) return this.options.cut(request.socket, answer.lost);
    // Decided as the answer goes out: the client may send its next request before the socket reports back.
    this.simulator.settle(answer.entry, true);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  /** `undefined`: for ever. */
  private delayOf({ delayMs = 0, lost, entry }: SimulatedAnswer): number | undefined {
    if (lost === 'hang') return this.options.hangMs;
    const { tokenMs = 0, apiMs = 0 } = this.options.latency ?? {};
    return delayMs + (['token', 'reconnect', 'mint'].includes(entry.endpoint) ? tokenMs : apiMs);
  }

  private sleep(ms: number, closed: AbortSignal): Promise<void> {
    return this.options.clock.sleep(ms, { signal: AbortSignal.any([closed, this.stopping.signal]) });
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
