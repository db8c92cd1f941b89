import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { breakOff } from '../../../lib/testing/break-off.js';

/**
 * - `pass`: as if it were not there
 * - `refuse`: nobody listens
 * - `hang`: connections open, and nothing passes in either direction
 * - `deaf`: what is asked arrives and is done, and no answer comes back
 */
export type ProxyMode = 'pass' | 'refuse' | 'hang' | 'deaf';

interface Link {
  readonly near: Socket;
  readonly far: Socket;
  /** Something was kept from it, so that it cannot be used any more once answers pass again. */
  isSpoilt: boolean;
}

/** Stands between a backend and its database, and breaks what lies between them. */
export class TcpProxy {
  private server: Server | null = null;
  private mode: ProxyMode = 'pass';
  private readonly links = new Set<Link>();

  private constructor(
    private readonly targetPort: number,
    private listensOn = 0,
  ) {}

  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    await proxy.listen();
    return proxy;
  }

  get port(): number {
    return this.listensOn;
  }

  /** What becomes of connections from now on, those that are open among them. */
  async set(mode: ProxyMode): Promise<void> {
    this.mode = mode;
    if (mode === 'refuse') return this.silence();
    if (this.server === null) await this.listen();
    for (const link of this.links) {
      if (mode === 'pass' && link.isSpoilt) link.near.destroy();
      this.setFlow(link);
    }
  }

  /** Every open connection breaks; new ones open. */
  drop(): void {
    for (const { near } of this.links) breakOff(near);
  }

  /** Every open connection dies without a word: the backend's end stays open for ever, and hears nothing. New ones open. */
  blackhole(): void {
    for (const link of this.links) {
      link.near.pause();
      link.far.removeAllListeners('close').destroy();
    }
  }

  async stop(): Promise<void> {
    this.mode = 'refuse';
    await this.silence();
  }

  private async listen(): Promise<void> {
    const server = createServer((near) => this.join(near));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.listensOn, '127.0.0.1', resolve);
    });
    this.listensOn = (server.address() as AddressInfo).port;
    this.server = server;
  }

  private async silence(): Promise<void> {
    const { server } = this;
    this.server = null;
    const closed = new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
    this.drop();
    await closed;
  }

  private join(near: Socket): void {
    const link: Link = { near, far: connect(this.targetPort, '127.0.0.1'), isSpoilt: false };
    const { far } = link;
    this.links.add(link);
    near.on('data', (chunk) => far.write(chunk));
    far.on('data', (chunk) => {
      if (this.mode === 'deaf') link.isSpoilt = true;
      else near.write(chunk);
    });
    for (const socket of [near, far]) socket.on('error', () => undefined).setNoDelay(true);
    far.on('close', () => near.destroy());
    near.on('close', () => {
      far.destroy();
      this.links.delete(link);
    });
    this.setFlow(link);
  }

  private setFlow({ near, far }: Link): void {
    for (const socket of [near, far]) if (this.mode === 'hang') socket.pause();
    if (this.mode !== 'hang') for (const socket of [near, far]) if (!socket.destroyed) socket.resume();
  }
}
