import type { Socket } from 'node:net';

/**
 * Breaks a connection with a reset, or, where this end is being closed just now, without: Node fails to reset such a socket, and
 * then never closes it, so that the process cannot end.
 */
export function breakOff(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
