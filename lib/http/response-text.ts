import { Readable } from 'node:stream';
import { types } from 'node:util';
import { AnswerStream } from './answer-stream.js';

const MAX_BYTES = 65_536;

/** The text of an answer that has to be understood before it is handed on, and the answer's data as it can still be read. */
export interface PeekedText {
  readonly text: string;
  readonly data: unknown;
}

const bytesOf = (chunk: unknown): Uint8Array =>
  ArrayBuffer.isView(chunk) ? (chunk as Uint8Array) : Buffer.from(String(chunk));

const peekStream = async (stream: Readable): Promise<PeekedText> => {
  const head: unknown[] = [];
  const read: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<unknown>) {
    const bytes = bytesOf(chunk);
    head.push(chunk);
    read.push(bytes);
    size += bytes.length;
    if (size > MAX_BYTES) break;
  }
  return { text: Buffer.concat(read).toString('utf8'), data: new AnswerStream(stream, (error) => error, head) };
};

const peekJson = (data: unknown): string => {
  try {
    return JSON.stringify(data) ?? '';
  } catch {
    return '';
  }
};

/** Reads an answer whatever its `responseType`, without taking it from the caller. */
export async function peekText(data: unknown): Promise<PeekedText> {
  if (typeof data === 'string') return { text: data, data };
  if (data instanceof Readable) return peekStream(data);
  if (types.isAnyArrayBuffer(data)) return { text: Buffer.from(data).toString('utf8'), data };
  if (ArrayBuffer.isView(data))
    return { text: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'), data };
  if (data instanceof Blob) return { text: await data.text(), data };
  if (data instanceof ReadableStream) {
    const bytes = await new Response(data as ReadableStream<Uint8Array>).arrayBuffer();
    return { text: Buffer.from(bytes).toString('utf8'), data: new Response(bytes).body };
  }
  return { text: peekJson(data), data };
}

/** Frees the connection of an answer that nobody will read. */
export function discard(data: unknown): void {
  if (data instanceof Readable) data.destroy();
}
