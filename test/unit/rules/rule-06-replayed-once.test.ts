import { describe, expect, it } from '@jest/globals';
import { Workbench, type Instance } from '../../support/workbench.js';

const S = 1_000;
const HOUR = 3_600_000;

const rejection = (message: string, status = 401) =>
  Object.assign(new Error(message), { response: { status, data: { message } } });

const prepared = async () => {
  const bench = new Workbench();
  const instance = bench.instance();
  const ref = await bench.installed(instance);
  await bench.clock.advance(HOUR);
  const calls: string[] = [];
  const run = (answer: (token: string, times: number) => unknown, from: Instance = instance): Promise<unknown> =>
    bench.run(
      from.tokens.withAccessToken(ref, (token) => {
        calls.push(token);
        const outcome = answer(token, calls.length);
        return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
      }),
    );
  return { bench, instance, ref, calls, run };
};

describe('a call that HighLevel rejected', () => {
  it('is made once more with another token', async () => {
    const { calls, run } = await prepared();
    expect(await run((_, times) => (times === 1 ? rejection('Invalid JWT') : 'done'))).toBe('done');
    expect(new Set(calls).size).toBe(2);
  });

  it('is made once more and no third time, whatever the answer', async () => {
    const { calls, run } = await prepared();
    await expect(run(() => rejection('Invalid JWT'))).rejects.toThrow('Invalid JWT');
    expect(calls).toHaveLength(2);
  });

  it.each(['The token is not authorized for this scope.', "Token's user type mismatch!", 'version header is invalid'])(
    'is not made again where no token repairs it: %s',
    async (message) => {
      const { bench, calls, run } = await prepared();
      const mark = bench.ledger.mark();
      await expect(run(() => rejection(message))).rejects.toThrow(message);
      expect(calls).toHaveLength(1);
      expect(bench.ledger.since(mark).entries).toEqual([]);
    },
  );

  it('with a token that is seconds old is made once more with the same one, a moment later; nothing is rotated', async () => {
    const { bench, instance, ref, calls, run } = await prepared();
    await bench.run(instance.tokens.refresh(ref));
    const mark = bench.ledger.mark();
    const began = bench.clock.monotonic();
    expect(await run((_, times) => (times === 1 ? rejection('Invalid JWT') : 'done'))).toBe('done');
    expect(bench.clock.monotonic() - began).toBeLessThanOrEqual(2 * S);
    expect(new Set(calls).size).toBe(1);
    expect(bench.ledger.since(mark).entries).toEqual([]);
  });

  it('waits its moment also where the time limit for a token is shorter', async () => {
    const bench = new Workbench();
    const instance = bench.instance({ options: { timeouts: { tokenWaitMs: 100 } } });
    const ref = await bench.installed(instance);
    let times = 0;
    const work = (): Promise<string> =>
      ++times === 1 ? Promise.reject(rejection('Invalid JWT')) : Promise.resolve('done');
    const answered = instance.tokens.withAccessToken(ref, work);
    await bench.clock.advance(2 * S);
    expect(await answered).toBe('done');
  });

  it('rejects with the reason of the recovery that failed', async () => {
    const { bench, calls, run } = await prepared();
    bench.simulator.outage({ status: 500 }, { path: 'oauth' });
    await expect(run(() => rejection('Invalid JWT'))).rejects.toMatchObject({ code: 'GHL_UPSTREAM_UNAVAILABLE' });
    expect(calls).toHaveLength(1);
  });
});
