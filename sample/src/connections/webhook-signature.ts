import { createPublicKey, verify } from 'node:crypto';

/** HighLevel's key for `X-GHL-Signature`, as its documentation publishes it. */
const HIGHLEVEL_KEY = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=
-----END PUBLIC KEY-----`;

/** Whether HighLevel has signed these bytes (Ed25519). The legacy `X-WH-Signature` is not looked at. */
export function isSigned(body: Buffer, signature: string | undefined): boolean {
  if (!signature || signature === 'N/A') return false;
  const key = createPublicKey(process.env['WEBHOOK_PUBLIC_KEY'] || HIGHLEVEL_KEY);
  return verify(null, body, key, Buffer.from(signature, 'base64'));
}
