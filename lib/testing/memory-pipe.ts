import { type Duplex, duplexPair } from 'node:stream';

/** The two ends of a connection that never leaves this process. */
export interface MemoryPipe {
  readonly client: Duplex;
  readonly server: Duplex;
}

const BREAKS = new WeakMap<Duplex, (error: Error) => void>();

/** Opens a connection. What its ends lack of a socket, HTTP can do without. */
export function openMemoryPipe(): MemoryPipe {
  const [client, server] = duplexPair();
  for (const end of [client, server]) {
    const self = (): Duplex => end;
    Object.assign(end, { setKeepAlive: self, setNoDelay: self, setTimeout: self, ref: self, unref: self });
  }
  client.once('close', () => server.destroy());
  server.once('close', () => client.destroy());
  BREAKS.set(server, (error) => client.destroy(error));
  return { client, server };
}

/** Breaks a connection, so that its client fails with this error. */
export function breakMemoryPipe(server: Duplex, error: Error): void {
  BREAKS.get(server)?.(error);
}
