import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that is not HighLevel's, and what it was sent. */
export interface OtherServer {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  readonly url: string;
  readonly seen: { readonly url: string; readonly headers: IncomingHttpHeaders; readonly body: string }[];
  /** What it answers. @default 200 */
  answer: { readonly status: number; readonly location?: string; readonly body?: string };
  close(): Promise<void>;
}

export async function startOtherServer(): Promise<OtherServer> {
  const seen: OtherServer['seen'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
      const { status, location, body = '{}' } = other.answer;
      response.writeHead(status, { 'content-type': 'application/json', ...(location && { location }) }).end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  const other: OtherServer = { host, url: `http://${host}`, seen, answer: { status: 200 }, close };
  return other;
}
