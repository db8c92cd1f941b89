import { Readable } from 'node:stream';

/**
 * An answer that is still being read, without what is behind it: Node's own stream holds the request as it was sent, and with it the
 * token; and so do the errors that axios lets it end with.
 */
export class AnswerStream extends Readable {
  readonly #source: Readable;
  readonly #head: unknown[];

  /**
   * @param clean takes the token out of an error
   * @param head what has been read already
   */
  constructor(source: Readable, clean: (error: unknown) => unknown, head: readonly unknown[] = []) {
    super({ objectMode: source.readableObjectMode });
    this.#source = source.pause();
    this.#head = [...head];
    if (source.errored) this.destroy(clean(source.errored) as Error);
    source.on('data', (chunk: unknown) => this.#take(chunk) || source.pause());
    source.once('end', () => this.#head.length > 0 || this.push(null));
    source.on('error', (error) => this.destroy(clean(error) as Error));
    source.once('close', () => source.readableEnded || this.destroy());
  }

  override _read(): void {
    if (this.#head.length > 0) this.push(this.#head.shift());
    else if (this.#source.readableEnded) this.push(null);
    else this.#source.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#source.destroy();
    callback(error);
  }

  /** Hands a chunk on, after all that came before it. */
  #take(chunk: unknown): boolean {
    if (this.#head.length === 0) return this.push(chunk);
    this.#head.push(chunk);
    return false;
  }
}
