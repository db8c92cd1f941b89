import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import axios, { type AxiosRequestConfig } from 'axios';
import type { Subscription } from 'rxjs';
import { Backend, eventually } from '../../support/backend.js';

let backend: Backend;

beforeAll(async () => (backend = await Backend.start()));
afterAll(() => backend.close());

/** A request that can be given up, and what it has led to so far. */
interface Started {
  readonly ended: Promise<unknown>;
  readonly giveUp: () => void;
}

const start = (config: AxiosRequestConfig, locationId: string, giveUp: () => void): Started => ({
  ended: backend.axios.get('/echo', { ...config, ghl: { locationId } }).then(
    () => 'answered',
    (error: unknown) => error,
  ),
  giveUp,
});

const WAYS: readonly (readonly [string, (locationId: string) => Started])[] = [
  [
    'an AbortSignal',
    (locationId) => {
      const controller = new AbortController();
      return start({ signal: controller.signal }, locationId, () => controller.abort());
    },
  ],
  [
    'a CancelToken',
    (locationId) => {
      const { token, cancel } = axios.CancelToken.source();
      return start({ cancelToken: token }, locationId, () => cancel('enough'));
    },
  ],
  [
    'unsubscribing',
    (locationId) => {
      let subscription: Subscription | undefined;
      const ended = new Promise((resolve) => {
        const http = backend.http.get('/echo', { ghl: { locationId } });
        subscription = http.subscribe({ next: () => resolve('answered'), error: resolve });
        // Nobody is told of an error after unsubscribing.
        subscription.add(() => setImmediate(() => resolve(new axios.CanceledError())));
      });
      return { ended, giveUp: () => subscription?.unsubscribe() };
    },
  ],
];

const expectCancelled = async ({ ended }: Started): Promise<void> => {
  const error = await ended;
  expect(axios.isCancel(error)).toBe(true);
};

describe.each(WAYS)('%s', (_, begin) => {
  it('ends the waiting for a token; the rotation runs to its end and is stored', async () => {
    const { locationId } = await backend.location();
    backend.travel(86_400_000);
    const held = backend.hold({ path: '/oauth/token' });
    const mark = backend.ledger.mark();
    const request = begin(locationId);
    await held.waiting(1);
    request.giveUp();
    await expectCancelled(request);
    held.release();
    await expectRotated(locationId, mark, 0);
  });

  it('ends the waiting for a recovery after a 401; the rotation runs to its end and is stored', async () => {
    const { locationId } = await backend.locationWithDeadToken();
    const held = backend.hold({ path: '/oauth/token' });
    const mark = backend.ledger.mark();
    const request = begin(locationId);
    await held.waiting(1);
    request.giveUp();
    await expectCancelled(request);
    held.release();
    await expectRotated(locationId, mark, 1);
  });

  it('ends the request itself', async () => {
    const { locationId } = await backend.location();
    const held = backend.hold({ path: '/echo' });
    const request = begin(locationId);
    await held.waiting(1);
    request.giveUp();
    await expectCancelled(request);
    held.release();
  });

  it('ends the replay', async () => {
    const { locationId } = await backend.locationWithDeadToken();
    const held = backend.hold({ path: '/echo', when: () => backend.ledger.apiCalls({ locationId }).length > 0 });
    const request = begin(locationId);
    await held.waiting(1);
    request.giveUp();
    await expectCancelled(request);
    held.release();
  });
});

/** One rotation, its pair in use by the next request. */
const expectRotated = async (locationId: string, mark: number, apiCalls: number): Promise<void> => {
  const seen = backend.ledger.since(mark);
  await eventually(async () => (await backend.tokens.status({ locationId })).generation === 2);
  await expect(backend.axios.get('/echo', { ghl: { locationId } })).resolves.toMatchObject({ status: 200 });
  expect(seen.tokenCalls()).toHaveLength(1);
  expect(seen.apiCalls()).toHaveLength(apiCalls + 1);
  await expect(backend.tokens.status({ locationId })).resolves.toMatchObject({ state: 'active', generation: 2 });
};

describe('a caller who goes away', () => {
  it('does not take the others along', async () => {
    const { locationId } = await backend.location();
    backend.travel(86_400_000);
    const held = backend.hold({ path: '/oauth/token' });
    const mark = backend.ledger.mark();
    const controller = new AbortController();
    const leaving = start({ signal: controller.signal }, locationId, () => controller.abort());
    const staying = Array.from({ length: 20 }, () => start({}, locationId, () => undefined));
    await held.waiting(1);
    leaving.giveUp();
    await expectCancelled(leaving);
    held.release();
    expect(new Set(await Promise.all(staying.map(({ ended }) => ended)))).toEqual(new Set(['answered']));
    expect(backend.ledger.since(mark).tokenCalls()).toHaveLength(1);
  });

  it('before the start sends nothing', async () => {
    const { locationId } = await backend.location();
    backend.travel(86_400_000);
    const mark = backend.ledger.mark();
    await expectCancelled(start({ signal: AbortSignal.abort() }, locationId, () => undefined));
    const { token, cancel } = axios.CancelToken.source();
    cancel('before');
    await expectCancelled(start({ cancelToken: token }, locationId, () => undefined));
    expect(backend.ledger.since(mark).entries).toEqual([]);
  });

  it('leaves nothing behind on a token or signal that lives on', async () => {
    const { locationId } = await backend.location();
    const source = axios.CancelToken.source();
    const controller = new AbortController();
    let listening = 0;
    const { signal } = controller;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...args: Parameters<typeof add>) => ((listening += 1), add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => ((listening -= 1), remove(...args));
    for (let i = 0; i < 5; i += 1) {
      backend.travel(86_400_000);
      await start({ cancelToken: source.token, signal }, locationId, () => undefined).ended;
    }
    expect((source.token as unknown as { _listeners?: unknown[] })._listeners ?? []).toHaveLength(0);
    expect(listening).toBe(0);
  });
});
