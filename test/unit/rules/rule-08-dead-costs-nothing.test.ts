import { describe, expect, it } from '@jest/globals';
import type { InstallationRef } from '../../../lib/installation/installation-ref.js';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { Workbench, type InstanceOptions } from '../../support/workbench.js';

const S = 1_000;
const MINUTE = 60 * S;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const bench1 = (options: InstanceOptions = {}) => {
  const bench = new Workbench();
  const store = new FaultyRepository(bench.store);
  const instance = bench.instance({ repository: store, ...options });
  const want = (ref: InstallationRef): Promise<string> => bench.run(instance.tokens.getAccessToken(ref));
  const codeOf = (ref: InstallationRef): Promise<string> => want(ref).catch(({ code }: { code: string }) => code);
  return { bench, store, instance, want, codeOf };
};

describe('an installation without a way back', () => {
  const dead = async () => {
    const all = bench1();
    const ref = await all.bench.installed(all.instance);
    all.bench.simulator.invalidateAll();
    all.bench.simulator.setReconnect('notInstalled');
    await all.bench.clock.advance(DAY);
    expect(await all.codeOf(ref)).toBe('GHL_NEEDS_REAUTHORIZATION');
    return { ...all, ref };
  };

  it('costs no calls, and a look into the store every few seconds', async () => {
    const { bench, store, ref, codeOf } = await dead();
    const [mark, calls] = [bench.ledger.mark(), store.calls.length];
    for (let second = 0; second < 300; second += 1) {
      expect(await codeOf(ref)).toBe('GHL_NEEDS_REAUTHORIZATION');
      await bench.clock.advance(1 * S);
    }
    expect(bench.ledger.since(mark).entries).toEqual([]);
    expect(store.count('save', calls)).toBe(0);
    // Its own record and its company's.
    expect(store.calls.length - calls).toBeLessThanOrEqual(2 * 62);
  });

  it('costs the same whether one or a thousand ask at the same time', async () => {
    const { bench, store, instance, ref } = await dead();
    await bench.clock.advance(MINUTE);
    const calls = store.calls.length;
    const asked = Array.from({ length: 1_000 }, () => instance.tokens.getAccessToken(ref).catch(() => 'failed'));
    await bench.run(Promise.all(asked));
    expect(store.calls.length - calls).toBe(2);
  });

  it('gives every caller an error of its own', async () => {
    const { bench, instance, ref } = await dead();
    const fail = (): Promise<Error> =>
      instance.tokens.getAccessToken(ref).catch((error: Error) => error) as Promise<never>;
    const errors = await bench.run(Promise.all([fail(), fail(), fail()]));
    expect(new Set(errors).size).toBe(3);
    expect(errors.map(({ message }) => message)).toEqual(Array(3).fill(errors[0].message));
    expect(errors[0]).toMatchObject({
      reauthorizeUrl: expect.stringContaining('chooselocation'),
      cause: expect.any(Error),
    });
  });
});

describe('an installation that nobody knows', () => {
  it('costs no call, no record, and a look into the store every few seconds', async () => {
    const { bench, store, codeOf } = bench1();
    for (let second = 0; second < 60; second += 1) {
      expect(await codeOf({ locationId: 'unknown1' })).toBe('GHL_INSTALLATION_UNKNOWN');
      await bench.clock.advance(1 * S);
    }
    expect(store.calls.length).toBeLessThanOrEqual(13);
    expect(bench.ledger.entries).toEqual([]);
    expect(bench.store.size).toBe(0);
  });

  it('costs a bounded number of questions to the directory, a few at a time', async () => {
    let [asked, atOnce, most] = [0, 0, 0];
    const find = async (): Promise<null> => {
      asked += 1;
      most = Math.max(most, ++atOnce);
      await bench.clock.sleep(100);
      atOnce -= 1;
      return null;
    };
    const { bench, instance } = bench1({ directory: { find } });
    const flood = Array.from({ length: 5_000 }, (_, n) =>
      instance.tokens.getAccessToken({ locationId: `unknown${n}` }),
    );
    const codes = await bench.run(Promise.all(flood.map((one) => one.catch(({ code }: { code: string }) => code))));
    expect(most).toBe(20);
    expect(asked).toBe(1_020);
    expect(codes.filter((code) => code === 'GHL_INSTALLATION_UNKNOWN')).toHaveLength(1_020);
    expect(codes.filter((code) => code === 'GHL_RECOVERY_PENDING')).toHaveLength(3_980);
    expect(bench.store.size).toBe(0);
    // What the directory has denied is not asked again for a while.
    await bench.clock.advance(6 * S);
    await bench.run(instance.tokens.getAccessToken({ locationId: 'unknown0' }).catch(() => undefined));
    expect(asked).toBe(1_020);
  });
});

describe('a 401', () => {
  const call = (bench: Workbench, instance: ReturnType<Workbench['instance']>, ref: InstallationRef, message: string) =>
    bench.run(
      Promise.race([
        instance.tokens
          .withAccessToken(ref, () =>
            Promise.reject(Object.assign(new Error(message), { response: { status: 401, data: { message } } })),
          )
          .catch(() => undefined),
        bench.clock.sleep(5 * S),
      ]),
    );

  it('in known words on every token costs a few rotations, not one a call', async () => {
    const { bench, instance } = bench1();
    const ref = await bench.installed(instance);
    await bench.clock.advance(HOUR);
    for (let minute = 0; minute < 24 * 60; minute += 10) {
      await call(bench, instance, ref, 'Invalid JWT');
      await bench.clock.advance(10 * MINUTE);
    }
    expect(bench.ledger.rotations().length).toBeLessThanOrEqual(10);
  });

  it('in unknown words is worth one try, not one a call', async () => {
    const { bench, instance } = bench1();
    const ref = await bench.installed(instance);
    await bench.clock.advance(HOUR);
    for (let minute = 0; minute < 60; minute += 1) {
      await call(bench, instance, ref, 'Whatever this means');
      await bench.clock.advance(MINUTE);
    }
    expect(bench.ledger.rotations()).toHaveLength(1);
  });

  it('of a thousand requests with one dead token costs one rotation, late ones included', async () => {
    const { bench, instance } = bench1();
    const ref = await bench.installed(instance);
    await bench.clock.advance(HOUR);
    const { id, expiresAt, token, scopes, userType } = await instance.tokens.getCredential(ref);
    const { keeper } = instance.engine;
    const rejected = { id, expiresAt, token, scopes, userType };
    const reject = () => keeper.afterRejection(keeper.placeOf(ref), rejected, 'expired');
    await bench.run(Promise.all(Array.from({ length: 500 }, reject)));
    await bench.clock.advance(2 * S);
    const late = await bench.run(Promise.all(Array.from({ length: 500 }, reject)));
    expect(new Set(late.map((one) => one?.id)).size).toBe(1);
    expect(bench.ledger.rotations()).toHaveLength(1);
  });

  it('in clear words is not answered with what was decided for unclear ones at the same time', async () => {
    const { bench, instance } = bench1();
    const ref = await bench.installed(instance);
    await bench.clock.advance(HOUR);
    const { keeper } = instance.engine;
    const place = keeper.placeOf(ref);
    const first = await instance.tokens.getCredential(ref);
    await bench.run(keeper.afterRejection(place, first, 'unclear'));
    await bench.clock.advance(10 * MINUTE);
    const second = await instance.tokens.getCredential(ref);
    const [unclear, clear] = await bench.run(
      Promise.all([keeper.afterRejection(place, second, 'unclear'), keeper.afterRejection(place, second, 'expired')]),
    );
    expect(unclear).toBeNull();
    expect(clear?.id).toEqual(expect.any(String));
    expect(clear?.id).not.toBe(second.id);
  });
});

describe('one installation’s trouble delays no other', () => {
  it('where HighLevel hangs for one of them', async () => {
    const { bench, instance, want } = bench1();
    const [ill, well] = [await bench.installed(instance), await bench.installed(instance)];
    await bench.clock.advance(DAY);
    bench.simulator.fault({ match: { locationId: ill.locationId }, times: 'forever', do: 'hang' });
    const asked = instance.tokens.getAccessToken(ill).catch(() => undefined);
    const began = bench.clock.monotonic();
    await want(well);
    expect(bench.clock.monotonic()).toBe(began);
    await bench.run(asked);
  });

  it('where the store hangs for one of them', async () => {
    const { bench, store, instance, want } = bench1();
    const [ill, well] = [await bench.installed(instance), await bench.installed(instance)];
    await bench.clock.advance(DAY);
    store.fail('hang', { times: Number.POSITIVE_INFINITY, when: (key) => key.endsWith(ill.locationId) });
    const asked = instance.tokens.getAccessToken(ill).catch(() => undefined);
    const began = bench.clock.monotonic();
    await want(well);
    expect(bench.clock.monotonic()).toBe(began);
    await bench.run(asked);
  });
});

describe('a demand that cannot be fulfilled', () => {
  it('for more validity than a token ever has costs a rotation now and then, not one a call', async () => {
    const { bench, instance } = bench1();
    const ref = await bench.installed(instance);
    for (let times = 0; times < 20; times += 1) {
      await bench.run(instance.tokens.getAccessToken(ref, { minValidityMs: 30 * DAY }));
      await bench.clock.advance(MINUTE);
    }
    expect(bench.ledger.rotations().length).toBeLessThanOrEqual(1);
  });
});
