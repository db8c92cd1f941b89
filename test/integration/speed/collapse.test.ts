import { Agent } from 'node:http';
import { performance } from 'node:perf_hooks';
import { afterEach, describe, expect, it } from '@jest/globals';
import axios from 'axios';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { Backend } from '../../support/backend.js';
import { Workbench } from '../../support/workbench.js';

/**
 * Whether speed has collapsed, not how fast anything is: counts are exact, times are compared with a floor of the same run, and
 * the margins are several times what `npm run bench` measures, so that no busy machine breaks them.
 */
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number;

const ROUNDS = 15;
const CALLS = 4_000;

/** How many times longer one takes than the other, in turns. */
const ratioOf = async (work: () => Promise<unknown>, floor: () => Promise<unknown>): Promise<number> => {
  const timed = async (call: () => Promise<unknown>): Promise<number> => {
    const began = performance.now();
    for (let n = 0; n < CALLS; n += 1) await call();
    return performance.now() - began;
  };
  await timed(work);
  await timed(floor);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const bare = await timed(floor);
    ratios.push((await timed(work)) / bare);
  }
  return median(ratios);
};

describe('a token that is at hand', () => {
  it.each([
    [1, 8],
    [500, 8],
  ])('of %i installations in turn costs no read, and a few times a bare Map', async (count, margin) => {
    const bench = new Workbench();
    const store = new FaultyRepository();
    const { tokens } = bench.instance({ repository: store });
    const refs = Array.from({ length: count }, (_, n) => ({ locationId: `location${n}` }));
    const expiresAt = new Date(bench.clock.now() + 86_400_000);
    for (const ref of refs) await bench.run(tokens.importTokens(ref, { accessToken: 'a-token', expiresAt }));
    await bench.clock.advance(1_000);
    const bare = new Map(refs.map((ref) => [ref.locationId, 'a-token']));
    const calls = store.calls.length;
    let [next, other] = [0, 0];
    const ratio = await ratioOf(
      () => tokens.getAccessToken(refs[(next += 1) % count]!),
      async () => bare.get(refs[(other += 1) % count]!.locationId),
    );
    expect(ratio).toBeLessThan(margin);
    expect(store.calls.length - calls).toBe(0);
  });
});

describe('a request with a token that is at hand', () => {
  let backend: Backend | undefined;
  afterEach(() => backend?.close());

  it('costs no read and no call beside itself, and less than twice the CPU time of a bare axios', async () => {
    const repository = new FaultyRepository();
    backend = await Backend.start({ repository });
    const { locationId } = await backend.location();
    const ref = { locationId };
    const bare = axios.create({ baseURL: backend.baseUrl, httpAgent: new Agent({ keepAlive: true }) });
    const headers = { Authorization: `Bearer ${await backend.tokens.getAccessToken(ref)}`, Version: '2021-07-28' };
    const { axios: ours, ledger } = backend;
    const cpuOf = async (send: () => Promise<unknown>): Promise<number> => {
      const before = process.cpuUsage();
      for (let n = 0; n < 10; n += 1) await Promise.all(Array.from({ length: 10 }, send));
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const plain = (): Promise<unknown> => bare.get('/contacts/', { params: ref, headers });
    const authorized = (): Promise<unknown> => ours.get('/contacts/', { params: ref, ghl: ref });
    await cpuOf(plain);
    await cpuOf(authorized);
    const [calls, mark] = [repository.calls.length, ledger.mark()];
    const ratios: number[] = [];
    for (let round = 0; round < 5; round += 1) ratios.push((await cpuOf(authorized)) / (await cpuOf(plain)));
    expect(median(ratios)).toBeLessThan(2);
    expect(repository.calls.length - calls).toBe(0);
    expect(ledger.since(mark).entries).toHaveLength(5 * 2 * 100);
  });
});
