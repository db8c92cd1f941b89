import { describe, expect, it } from '@jest/globals';
import type { FaultAction, FaultKind } from '../../../lib/testing/simulator/faults/fault.js';
import { Workbench } from '../../support/workbench.js';

const S = 1_000;
const MINUTE = 60 * S;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const expired = async () => {
  const bench = new Workbench();
  const instance = bench.instance();
  const ref = await bench.installed(instance);
  await bench.clock.advance(DAY);
  const codeOf = (): Promise<string> =>
    bench.run(instance.tokens.getAccessToken(ref)).then(
      () => 'served',
      ({ code }: { code: string }) => code,
    );
  /** Somebody wants a token now and then, for so long. */
  const live = async (ms: number, everyMs = HOUR): Promise<Set<string>> => {
    const codes = new Set<string>();
    for (let passed = 0; passed < ms; passed += everyMs) {
      codes.add(await codeOf());
      await bench.clock.advance(everyMs);
    }
    return codes;
  };
  return { bench, instance, ref, codeOf, live };
};

describe('trouble that says nothing about the grant', () => {
  it.each<[string, FaultKind | FaultAction]>([
    ['no connection', 'refused'],
    ['no answer', 'reset'],
    ['an answer that never comes', 'hang'],
    ['a 500', { status: 500 }],
    ['a 503 with an invalid_grant in it', { status: 503, body: { error: 'invalid_grant' } }],
    ['a 429', { status: 429 }],
    ['a maintenance page', 'html'],
    ['a 200 that says nothing', 'empty'],
    ['a 200 with an error inside', 'errorInside'],
  ])('does not kill an installation in five days: %s', async (_, fault) => {
    const { bench, instance, ref, codeOf, live } = await expired();
    const outage = bench.simulator.outage(fault, { path: 'oauth' });
    const codes = await live(5 * DAY);
    expect([...codes]).not.toContain('GHL_NEEDS_REAUTHORIZATION');
    expect([...codes]).not.toContain('served');
    expect(await bench.run(instance.tokens.status(ref))).toMatchObject({ state: 'retrying', refreshable: true });
    outage.end();
    await bench.clock.advance(2 * HOUR);
    expect(await codeOf()).toBe('served');
    expect(instance.told.map(({ to }) => to)).toEqual(['active', 'retrying', 'active']);
    expect(bench.ledger.reconnects()).toEqual([]);
  });

  it('is met at a pace that gets slower, to once an hour', async () => {
    const { bench, live } = await expired();
    bench.simulator.outage({ status: 500 }, { path: 'oauth' });
    await live(DAY, MINUTE);
    const first = bench.ledger.refreshes().length;
    await live(DAY, MINUTE);
    expect(first).toBeLessThanOrEqual(45);
    expect(bench.ledger.refreshes().length - first).toBeLessThanOrEqual(33);
  });

  it('leaves a valid access token in use', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const ref = await bench.installed(instance);
    const token = await bench.run(instance.tokens.getAccessToken(ref));
    bench.simulator.outage({ status: 500 }, { path: 'oauth' });
    await expect(bench.run(instance.tokens.refresh(ref))).rejects.toMatchObject({ code: 'GHL_UPSTREAM_UNAVAILABLE' });
    expect(await bench.run(instance.tokens.status(ref))).toMatchObject({ state: 'retrying' });
    await bench.clock.advance(10 * MINUTE);
    expect(await bench.run(instance.tokens.getAccessToken(ref))).toBe(token);
    expect(await bench.run(bench.instance().tokens.getAccessToken(ref))).toBe(token);
  });
});

describe('an answer of unknown meaning', () => {
  const unknown = { status: 418, body: { message: 'I am a teapot' } };

  it('makes a refusal only after twelve equal ones and a day', async () => {
    const { bench, instance, ref, live } = await expired();
    bench.simulator.setReconnect('removed');
    bench.simulator.outage(unknown, { path: '/oauth/token' });
    expect([...(await live(23 * HOUR, 10 * MINUTE))]).not.toContain('GHL_NEEDS_REAUTHORIZATION');
    expect(bench.ledger.refreshes().length).toBeGreaterThanOrEqual(12);
    expect([...(await live(6 * HOUR, 10 * MINUTE))]).toContain('GHL_NEEDS_REAUTHORIZATION');
    expect(await bench.run(instance.tokens.status(ref))).toMatchObject({
      trouble: { message: expect.stringContaining('has been removed') },
    });
  });

  it('makes none where the answers differ', async () => {
    const { bench, live } = await expired();
    bench.simulator.setReconnect('removed');
    let times = 0;
    bench.simulator.fault({
      match: { path: '/oauth/token', when: () => ++times % 2 === 0 },
      times: 'forever',
      do: unknown,
    });
    bench.simulator.fault({
      match: { path: '/oauth/token' },
      times: 'forever',
      do: { status: 403, body: { message: 'no' } },
    });
    expect([...(await live(5 * DAY))]).not.toContain('GHL_NEEDS_REAUTHORIZATION');
  });

  it('about the company does not kill its locations', async () => {
    const bench = new Workbench({ settings: { mint: { refreshToken: false } } });
    const instance = bench.instance({ directory: { find: () => ({ companyId }) } });
    const { companyId, locationIds } = await bench.bulkInstalled(instance);
    const ref = { locationId: locationIds[0]! };
    await bench.run(instance.tokens.getAccessToken(ref));
    bench.simulator.setReconnect('removed');
    bench.simulator.outage({ status: 500 }, { path: '/oauth/token' });
    for (let hour = 0; hour < 5 * 24; hour += 1) {
      await bench.clock.advance(HOUR);
      await bench.run(instance.tokens.getAccessToken(ref)).catch(() => undefined);
    }
    expect(await bench.run(instance.tokens.status(ref))).toMatchObject({ state: 'retrying' });
    bench.simulator.clearFaults();
    await bench.clock.advance(3 * HOUR);
    expect(await bench.run(instance.tokens.getAccessToken(ref))).toEqual(expect.any(String));
  });

  it('nor does a company that keeps its location waiting, or whose record is of a newer release', async () => {
    const bench = new Workbench();
    const instance = bench.instance({
      options: { timeouts: { tokenWaitMs: 2 * S } },
      directory: { find: () => ({ companyId }) },
    });
    const { companyId, locationIds } = await bench.bulkInstalled(instance);
    bench.simulator.setReconnect('removed');
    await bench.clock.advance(DAY);
    bench.simulator.fault({ match: { companyId, path: '/oauth/token' }, do: { delayMs: 9 * S } });
    const ref = { locationId: locationIds[0]! };
    await bench.run(instance.tokens.getAccessToken(ref).catch(() => bench.clock.sleep(10 * S)));
    expect(await bench.run(instance.tokens.status(ref))).toMatchObject({ state: 'retrying' });
    const record = (await bench.store.find(instance.engine.keeper.placeOf({ companyId }).key))!;
    await bench.store.save({ ...record, format: 99, version: record.version + 1 }, record.version);
    await bench.clock.advance(DAY);
    const other = bench.instance();
    await bench.run(other.tokens.getAccessToken(ref).catch(() => undefined));
    expect(await bench.run(other.tokens.status(ref))).toMatchObject({ state: 'retrying' });
  });
});

describe('a wrong client secret', () => {
  it('kills nobody, not even who has only Reconnect left', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const refs = [];
    for (let times = 0; times < 6; times += 1) refs.push(await bench.installed(instance));
    bench.simulator.killRefreshToken(refs[5]!);
    bench.simulator.setReconnect('removed', { place: refs[5]! });
    await bench.clock.advance(DAY);
    const [client] = bench.app.clients;
    const renewed = bench.app.rotateSecret(client!.clientId);
    for (let hour = 0; hour < 5 * 24; hour += 1) {
      for (const ref of refs) await bench.run(instance.tokens.getAccessToken(ref)).catch(() => undefined);
      await bench.clock.advance(HOUR);
    }
    const states = await Promise.all(refs.map(async (ref) => (await instance.tokens.status(ref)).state));
    expect(new Set(states)).toEqual(new Set(['retrying']));
    // The deployment is corrected.
    bench.simulator.setReconnect('available', { place: refs[5]! });
    const corrected = bench.instance({ options: { clients: [renewed] } });
    await bench.clock.advance(3 * HOUR);
    for (const ref of refs)
      await expect(bench.run(corrected.tokens.getAccessToken(ref))).resolves.toEqual(expect.any(String));
  });
});
