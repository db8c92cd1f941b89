import { once } from 'node:events';
import { createServer, request as send, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A forward proxy, and what it was told. */
export interface Proxy {
  readonly port: number;
  readonly url: string;
  /** Requests that it passed on, with the whole URL. */
  readonly passed: { readonly url: string; readonly headers: IncomingHttpHeaders }[];
  /** Tunnels that it was asked for, which it refuses. */
  readonly tunnels: { readonly to: string; readonly headers: IncomingHttpHeaders }[];
  close(): Promise<void>;
}

export async function startProxy(): Promise<Proxy> {
  const passed: Proxy['passed'] = [];
  const tunnels: Proxy['tunnels'] = [];
  const server = createServer((request, response) => {
    passed.push({ url: request.url ?? '', headers: request.headers });
    const { hostname, port, pathname, search } = new URL(request.url ?? '');
    const { method, headers } = request;
    const on = send({ hostname, port, path: pathname + search, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    on.on('error', () => response.writeHead(502).end());
    request.pipe(on);
  });
  server.on('connect', ({ url, headers }, socket) => {
    tunnels.push({ to: url ?? '', headers });
    socket.end('HTTP/1.1 502 No Tunnel\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { port, url: `http://127.0.0.1:${port}`, passed, tunnels, close };
}
