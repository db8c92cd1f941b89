import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';

export const MAX_SOCKETS = 256;

/** What every contender's requests go through. */
export const keepAliveAgent = () => new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });

/** The request that every contender makes. */
export const API_PATH = '/contacts/';
export const API_VERSION = '2021-07-28';

const now = () => performance.timeOrigin + performance.now();

/**
 * Sends so many requests, all at once or evenly spread over `spreadMs`, and waits for them, but not for ever.
 * @param send makes one request and answers its status
 * @returns when it began and ended (ms since the epoch), and how many got a 200
 */
export async function storm(send, { count, spreadMs = 0, limitMs = 60_000 }) {
  let answered = 0;
  const one = async (index) => {
    if (spreadMs > 0) await delay((index * spreadMs) / count);
    if ((await outcome(send)) === 200) answered += 1;
  };
  const began = now();
  const limit = new AbortController();
  const isOver = delay(limitMs, undefined, { signal: limit.signal }).catch(() => undefined);
  await Promise.race([isOver, Promise.all(Array.from({ length: count }, (_, index) => one(index)))]);
  limit.abort();
  return { began, ended: now(), answered };
}

/** Sends so many requests, always `width` of them at the same time. */
export async function stream(send, { count, width }) {
  let left = count;
  let answered = 0;
  const lane = async () => {
    for (; left > 0;) {
      left -= 1;
      if ((await outcome(send)) === 200) answered += 1;
    }
  };
  const began = now();
  await Promise.all(Array.from({ length: width }, lane));
  return { began, ended: now(), answered };
}

/** Sends requests at a fixed rate, whatever becomes of them; each is timed from the moment at which it was due. */
export async function openLoop(send, { perSecond, seconds }) {
  const count = Math.round(perSecond * seconds);
  const waits = new Float64Array(count);
  const ends = new Array(count);
  const underWay = [];
  const began = performance.now();
  for (let sent = 0; sent < count;) {
    const due = Math.min(count, Math.floor(((performance.now() - began) * perSecond) / 1_000) + 1);
    for (; sent < due; sent += 1) {
      const index = sent;
      const dueAt = began + (index * 1_000) / perSecond;
      underWay.push(
        outcome(() => send(index)).then((end) => {
          waits[index] = performance.now() - dueAt;
          ends[index] = end;
        }),
      );
    }
    await delay(1);
  }
  await Promise.all(underWay);
  return { waits, ends };
}

const outcome = async (send) => {
  try {
    return await send();
  } catch (error) {
    return error?.response?.status ?? error?.statusCode ?? error?.code ?? error?.name ?? 'error';
  }
};
