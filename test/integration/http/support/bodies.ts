import { Readable } from 'node:stream';
import FormDataPackage from 'form-data';
import type { ArrivedRequest } from '../../../support/backend.js';

/** A body that a caller can pass. */
export interface Body {
  readonly name: string;
  readonly make: () => unknown;
  /** The headers that its author sets with it. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType: RegExp;
  /** What has to arrive; of a form with `--` where its boundary is. */
  readonly bytes: Buffer;
}

const LARGE = Buffer.alloc(300_000, 'Größe ');
const TEXT = 'Grüße, \u{1F600}';
const BINARY = { 'content-type': 'application/octet-stream' };
const JSON_TYPE = /^application\/json/;
const BINARY_TYPE = /^application\/octet-stream$/;
const FORM_TYPE = /^application\/x-www-form-urlencoded/;
const MULTIPART = /^multipart\/form-data; ?boundary=/;

/** A form's body with `--` in place of its boundary, and without what may follow its end. */
export const withoutBoundary = ({ headers, body }: Pick<ArrivedRequest, 'headers' | 'body'>): Buffer => {
  const boundary = /boundary="?([^";]+)/.exec(headers['content-type'] ?? '')?.[1];
  return boundary === undefined
    ? body
    : Buffer.from(body.toString('latin1').replaceAll(boundary, '--').trimEnd(), 'latin1');
};

const nativeForm = (): FormData => {
  const form = new FormData();
  form.append('name', TEXT);
  form.append('file', new Blob([LARGE], { type: 'image/png' }), 'a.png');
  return form;
};

const packageForm = (): FormDataPackage => {
  const form = new FormDataPackage();
  form.append('name', TEXT);
  form.append('file', Readable.from([LARGE.subarray(0, 1_000), LARGE.subarray(1_000)]), {
    filename: 'a.png',
    contentType: 'image/png',
  });
  return form;
};

const formBytes = (dispositions: readonly [string, string]): Buffer =>
  Buffer.concat([
    Buffer.from(`----\r\n${dispositions[0]}\r\n\r\n${TEXT}\r\n----\r\n${dispositions[1]}\r\n\r\n`),
    LARGE,
    Buffer.from('\r\n------'),
  ]);

const FORM_BYTES = formBytes([
  'Content-Disposition: form-data; name="name"',
  'Content-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png',
]);

async function* pieces(): AsyncGenerator<Buffer> {
  for (let at = 0; at < LARGE.length; at += 70_000) {
    await Promise.resolve();
    yield LARGE.subarray(at, at + 70_000);
  }
}

/** Bodies that can be sent twice as they are. */
export const WHOLE_BODIES: readonly Body[] = [
  {
    name: 'an object',
    make: () => ({ text: TEXT }),
    contentType: JSON_TYPE,
    bytes: Buffer.from(JSON.stringify({ text: TEXT })),
  },
  { name: 'a list', make: () => [1, 'two'], contentType: JSON_TYPE, bytes: Buffer.from('[1,"two"]') },
  {
    name: 'a string',
    make: () => TEXT,
    headers: { 'content-type': 'text/plain' },
    contentType: /^text\/plain$/,
    bytes: Buffer.from(TEXT),
  },
  { name: 'a Buffer', make: () => Buffer.from(LARGE), headers: BINARY, contentType: BINARY_TYPE, bytes: LARGE },
  { name: 'a Uint8Array', make: () => new Uint8Array(LARGE), headers: BINARY, contentType: BINARY_TYPE, bytes: LARGE },
  {
    name: 'an ArrayBuffer',
    make: () => new Uint8Array(LARGE).buffer,
    headers: BINARY,
    contentType: BINARY_TYPE,
    bytes: LARGE,
  },
  {
    name: 'URLSearchParams',
    make: () => new URLSearchParams({ text: TEXT }),
    contentType: FORM_TYPE,
    bytes: Buffer.from(new URLSearchParams({ text: TEXT }).toString()),
  },
  { name: 'a native FormData with a Blob', make: nativeForm, contentType: MULTIPART, bytes: FORM_BYTES },
  { name: 'a Blob', make: () => new Blob([LARGE], { type: 'image/png' }), contentType: /^image\/png$/, bytes: LARGE },
  { name: 'an empty string', make: () => '', headers: BINARY, contentType: BINARY_TYPE, bytes: Buffer.alloc(0) },
  { name: 'nothing', make: () => undefined, contentType: /^/, bytes: Buffer.alloc(0) },
];

/** Bodies that are spent when they have been sent. */
export const SPENT_BODIES: readonly Body[] = [
  {
    name: 'a Readable',
    make: () => Readable.from([LARGE.subarray(0, 9), LARGE.subarray(9)]),
    headers: BINARY,
    contentType: BINARY_TYPE,
    bytes: LARGE,
  },
  {
    name: 'the stream of a generator',
    make: () => Readable.from(pieces()),
    headers: BINARY,
    contentType: BINARY_TYPE,
    bytes: LARGE,
  },
  { name: 'a form of the form-data package', make: packageForm, contentType: MULTIPART, bytes: FORM_BYTES },
];

/** A stream of the web, which only axios' fetch adapter sends. */
export const WEB_STREAM: Body = {
  name: 'a stream of the web',
  make: () => new Blob([LARGE]).stream(),
  headers: BINARY,
  contentType: BINARY_TYPE,
  bytes: LARGE,
};

export const METHODS = ['post', 'put', 'patch', 'delete'] as const;
