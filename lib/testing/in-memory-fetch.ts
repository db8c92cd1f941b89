import { HANG_MS, type InMemoryNetworkOptions, lostConnection, unknownHost } from './in-memory-wire.js';
import type { HighLevelSimulator } from './simulator/high-level-simulator.js';

const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** `fetch` in this process: for code that sends tokens itself. Redirects are handed back, not followed. */
export function inMemoryFetch(
  simulator: HighLevelSimulator,
  { clock, latencyMs = 0, knows }: InMemoryNetworkOptions,
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { method, url, signal } = request;
    const { host, hostname } = new URL(url);
    if (!knows(host)) throw failed(unknownHost(hostname));
    const headers = { 'user-agent': 'node', host, ...Object.fromEntries(request.headers) };
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    signal.throwIfAborted();
    const answer = simulator.handle({ method, url, headers, ...(body && { body }) }, { deferred: true });
    const delayMs = answer.lost === 'hang' ? HANG_MS : (answer.delayMs ?? 0) + latencyMs;
    if (delayMs > 0) await clock.sleep(delayMs, { signal });
    simulator.settle(answer.entry, answer.lost === undefined && !signal.aborted);
    signal.throwIfAborted();
    if (answer.lost !== undefined) throw failed(lostConnection(answer.lost));
    const { status } = answer;
    return new Response(WITHOUT_BODY.has(status) ? null : answer.body, { status, headers: answer.headers });
  };
}

const failed = (cause: Error): TypeError => new TypeError('fetch failed', { cause });
