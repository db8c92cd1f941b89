import type { Installation } from '../installation/installation.js';

/** HighLevel repeats its answer to concurrent calls with the same refresh token for so long. [doc, changelog] */
export const GRACE_MS = 30_000;

/** Whether a rotation has begun of which HighLevel would still repeat the answer: finishing it spends nothing more. */
export const isFinishable = ({ mark, credential }: Installation, now: number): boolean =>
  mark !== null && mark.credentialId === credential?.id && now - mark.at <= GRACE_MS;
