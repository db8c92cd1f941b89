import { Readable } from 'node:stream';

const MAX_BYTES = 65_536;

/** The text of an answer that has to be understood before it is handed on, and the answer's data as it can still be read. */
export interface PeekedText {
  readonly text: string;
  readonly data: unknown;
}

const peekStream = async (stream: Readable): Promise<PeekedText> => {
  const chunks: Buffer[] = [];
  let size = 0;
  const iterator = stream.iterator({ destroyOnReturn: false });
  for await (const chunk of iterator) {
    chunks.push(Buffer.from(chunk as Uint8Array));
    size += (chunk as Uint8Array).length;
    if (size > MAX_BYTES) break;
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const again = Readable.from(
    (async function* () {
      yield* chunks;
      if (size > MAX_BYTES) yield* stream;
    })(),
    { objectMode: false },
  );
  return { text, data: again };
};

/** Reads an answer whatever its `responseType`, without taking it from the caller. */
export async function peekText(data: unknown): Promise<PeekedText> {
  if (typeof data === 'string') return { text: data, data };
  if (data instanceof Readable) return peekStream(data);
  if (data instanceof ArrayBuffer) return { text: Buffer.from(data).toString('utf8'), data };
  if (ArrayBuffer.isView(data)) return { text: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'), data };
  if (data instanceof Blob) return { text: await data.text(), data };
  if (data instanceof ReadableStream) {
    const text = await new Response(data as ConstructorParameters<typeof Response>[0]).text();
    return { text, data: new Response(text).body };
  }
  return { text: typeof data === 'object' && data !== null ? JSON.stringify(data) : '', data };
}

/** Frees the connection of an answer that nobody will read. */
export function discard(data: unknown): void {
  if (data instanceof Readable) data.destroy();
}
