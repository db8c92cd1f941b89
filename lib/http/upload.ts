import { Readable, Writable } from 'node:stream';

type Pipe = Readable['pipe'];

/**
 * What a body flows through into its request. A stream that is piped somewhere shows where to: the caller's would show the request as it
 * was sent, and with it the token, for as long as the caller keeps the stream.
 */
class Upload extends Writable {
  readonly #request: Writable;

  constructor(request: Writable) {
    super({ objectMode: true });
    this.#request = request;
    // As a pipe does: a request that is over takes nothing more.
    for (const event of ['close', 'error']) request.once(event, () => this.destroy());
  }

  override _write(chunk: unknown, encoding: BufferEncoding, callback: () => void): void {
    if (this.#request.write(chunk, encoding)) callback();
    else if (this.#request.writableNeedDrain) this.#request.once('drain', callback);
    else callback();
  }

  override _final(callback: () => void): void {
    this.#request.end();
    callback();
  }
}

/** Lets a body's stream flow into its request without showing it. Other bodies have nothing to show. */
export function hideRequest(body: unknown): void {
  if (!(body instanceof Readable) || Object.hasOwn(body, 'pipe')) return;
  const plain: Pipe = body.pipe.bind(body);
  const pipe: Pipe = (target, options) => {
    // Something between the body and the request, such as axios' meter of progress.
    if (target instanceof Readable) {
      hideRequest(target);
      return plain(target, options);
    }
    plain(new Upload(target as unknown as Writable), options);
    return target;
  };
  Object.defineProperty(body, 'pipe', { value: pipe, configurable: true, writable: true });
}

/** The stream is the caller's again, as it was. */
export function showAgain(body: unknown): void {
  if (body instanceof Readable && Object.getOwnPropertyDescriptor(body, 'pipe')?.enumerable === false)
    delete (body as { pipe?: Pipe }).pipe;
}
