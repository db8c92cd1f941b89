import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A server on loopback that does as a test says, and remembers what arrived. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  /** Whole requests, body included. */
  readonly requests: readonly {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingMessage['headers'];
    readonly body: string;
  }[];
  readonly connections: ReadonlySet<Socket>;
  stop(): Promise<void>;
}

const listening = async (server: Server, requests: TestServer['requests']): Promise<TestServer> => {
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.on('error', () => undefined).on('close', () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    for (const socket of connections) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, port, requests, connections, stop };
};

/** An HTTP server that hands over each request once it has arrived whole. */
export function startServer(answer: (response: ServerResponse, request: IncomingMessage) => void): Promise<TestServer> {
  const requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      requests.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      answer(response, request);
    });
  };
  return listening(createHttpServer(listener), requests);
}

/** A server that speaks whatever it likes as soon as something arrives. */
export const startRawServer = (answer: (socket: Socket) => void): Promise<TestServer> =>
  listening(
    createTcpServer((socket) => void socket.once('data', () => answer(socket))),
    [],
  );
