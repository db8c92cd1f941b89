import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { breakOff } from '../../../lib/testing/break-off.js';

describe('a connection that is broken off', () => {
  let server: Server | undefined;

  afterEach(() => void server?.close());

  /** How the server's end of a connection ends. */
  const endOf = async (act: (near: Socket) => void, client: (far: Socket) => void): Promise<string[]> => {
    const events: string[] = [];
    await new Promise<void>((resolve) => {
      server = createServer((near) => {
        near.on('error', ({ message }) => events.push(message)).on('close', () => resolve());
        act(near.resume());
      });
      server.listen(0, '127.0.0.1', () => {
        const far = connect((server?.address() as AddressInfo).port, '127.0.0.1');
        far.on('error', ({ message }) => events.push(`client: ${message}`)).on('connect', () => client(far));
      });
    });
    return events;
  };

  it('is reset', async () => {
    const far = new Promise<string>((resolve) => {
      const act = (near: Socket): void => void near.once('data', () => breakOff(near));
      void endOf(act, (socket) => socket.on('error', ({ message }) => resolve(message)).end('x'));
    });
    expect(await far).toMatch(/ECONNRESET/);
  });

  // The story: a process was killed, and what it had been connected to was broken off in the same turn of the event loop in which its
  // end was read. The socket was never closed, and the test run that it belonged to did not end.
  it('is closed even while it is ending', async () => {
    const whileEnding = (near: Socket): void => {
      const inThisTurn = (): void => queueMicrotask(() => process.nextTick(() => breakOff(near)));
      near.on('end', () => queueMicrotask(inThisTurn));
    };
    expect(await endOf(whileEnding, (far) => far.end())).toEqual([]);
  });
});
