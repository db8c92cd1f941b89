import { describe, expect, it } from '@jest/globals';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { SimulatedProcess } from '../../support/simulated-process.js';
import { Workbench } from '../../support/workbench.js';

const S = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A fleet of two on one store, and installations whose tokens have all died. */
const incident = async (count: number, reconnect: 'removed' | 'available' = 'removed') => {
  const bench = new Workbench();
  const store = new FaultyRepository(bench.store);
  const fleet = [bench.instance({ repository: store }), bench.instance({ repository: store })];
  const refs: { locationId: string; companyId: string }[] = [];
  for (let times = 0; times < count; times += 1) refs.push(await bench.installed(fleet[0]!));
  await bench.clock.advance(DAY);
  bench.simulator.invalidateAll();
  bench.simulator.setReconnect(reconnect);
  const codeOf = (ref: { locationId: string }, at = 0): Promise<string> =>
    bench.run(fleet[at]!.tokens.getAccessToken(ref)).then(
      () => 'served',
      ({ code }: { code: string }) => code,
    );
  return { bench, store, fleet, refs, codeOf };
};

describe('"API endpoint has been removed"', () => {
  it('closes Reconnect for the client id at one answer, for the whole fleet', async () => {
    const { bench, fleet, refs, codeOf } = await incident(10);
    for (const [n, ref] of refs.entries()) expect(await codeOf(ref, n % 2)).toBe('GHL_NEEDS_REAUTHORIZATION');
    // Each instance looks at the app's record every two seconds at most.
    expect(bench.ledger.reconnects().length).toBeLessThanOrEqual(2);
    expect(fleet[0]!.log.filter(({ message }) => message.includes('refuses for this client id'))).toHaveLength(1);
    await bench.clock.advance(3 * S);
    const mark = bench.ledger.mark();
    const late = await bench.installed(fleet[1]!);
    bench.simulator.invalidateAll(late);
    await expect(bench.run(fleet[1]!.reconnects.recover(late))).rejects.toMatchObject({
      code: 'GHL_NEEDS_REAUTHORIZATION',
    });
    expect(bench.ledger.since(mark).reconnects()).toEqual([]);
  });

  it('is told with the traceId of the answer that closed it, to installations that met it closed too', async () => {
    const { bench, fleet, refs } = await incident(2);
    for (const [at, ref] of refs.entries()) {
      await expect(bench.run(fleet[at]!.tokens.getAccessToken(ref))).rejects.toMatchObject({
        code: 'GHL_NEEDS_REAUTHORIZATION',
        traceId: expect.any(String),
      });
    }
    expect(bench.ledger.reconnects()).toHaveLength(1);
  });

  it('is tried again now and then with one installation of the fleet', async () => {
    const { bench, refs, codeOf } = await incident(5);
    for (const ref of refs) await codeOf(ref);
    const mark = bench.ledger.mark();
    for (let minute = 0; minute < 12 * 60; minute += 10) {
      for (const [n, ref] of refs.entries()) expect(await codeOf(ref, n % 2)).toBe('GHL_NEEDS_REAUTHORIZATION');
      await bench.clock.advance(10 * 60 * S);
    }
    expect(bench.ledger.since(mark).reconnects().length).toBeGreaterThanOrEqual(8);
    expect(bench.ledger.since(mark).reconnects().length).toBeLessThanOrEqual(12);
    expect(bench.ledger.since(mark).tokenCalls()).toEqual([]);
  });

  it('with one only, also where all instances ask at the same moment', async () => {
    const { bench, fleet, refs, codeOf } = await incident(6);
    for (const ref of refs) await codeOf(ref);
    await bench.clock.advance(HOUR + 6 * S);
    const mark = bench.ledger.mark();
    await bench.run(Promise.all(refs.map((ref, n) => fleet[n % 2]!.tokens.getAccessToken(ref).catch(() => undefined))));
    expect(bench.ledger.since(mark).reconnects()).toHaveLength(1);
  });

  it('and when it opens, the installations that ended for lack of it come back at their next call', async () => {
    const { bench, fleet, refs, codeOf } = await incident(5);
    for (const ref of refs) await codeOf(ref);
    bench.simulator.setReconnect('available');
    expect(await codeOf(refs[0]!)).toBe('GHL_NEEDS_REAUTHORIZATION');
    await bench.clock.advance(HOUR + 6 * S);
    for (const [n, ref] of refs.entries()) expect(await codeOf(ref, n % 2)).toBe('served');
    expect(bench.ledger.presentedTwice()).toEqual([]);
    expect(fleet[0]!.log.map(({ message }) => message)).toContain('HighLevel accepts this client id again');
  });

  it('does not keep a person from reconnecting on purpose, which opens it for all', async () => {
    const { bench, fleet, refs, codeOf } = await incident(3);
    for (const ref of refs) await codeOf(ref);
    await expect(bench.run(fleet[0]!.reconnects.reconnect(refs[0]!))).rejects.toMatchObject({
      code: 'GHL_RECONNECT_UNAVAILABLE',
    });
    bench.simulator.setReconnect('available');
    const { traceId, expiresAt, clientId } = await bench.run(fleet[0]!.reconnects.reconnect(refs[0]!));
    expect({ traceId, expiresAt, clientId }).toEqual({
      traceId: expect.any(String),
      expiresAt: expect.any(Date),
      clientId: bench.app.client.clientId,
    });
    await bench.clock.advance(6 * S);
    for (const ref of refs) expect(await codeOf(ref, 1)).toBe('served');
  });

  it('is learnt and forgotten again although the app’s record cannot be stored', async () => {
    const { bench, store, refs, codeOf } = await incident(3);
    store.fail('before', {
      on: ['save', 'find'],
      times: Number.POSITIVE_INFINITY,
      when: (key) => key.startsWith('app/'),
    });
    for (const ref of refs) expect(await codeOf(ref)).toBe('GHL_NEEDS_REAUTHORIZATION');
    expect(bench.ledger.reconnects()).toHaveLength(1);
    bench.simulator.setReconnect('available');
    store.mend();
    await bench.clock.advance(HOUR + 6 * S);
    for (const ref of refs) expect(await codeOf(ref)).toBe('served');
  });

  it('leaves a switched-off Reconnect alone, and the installations come back when it is switched on', async () => {
    const bench = new Workbench();
    const off = bench.instance({ options: { reconnect: { enabled: false } } });
    const ref = await bench.installed(off);
    bench.simulator.invalidateAll();
    await expect(bench.run(off.reconnects.recover(ref))).rejects.toMatchObject({ code: 'GHL_NEEDS_REAUTHORIZATION' });
    expect(bench.ledger.reconnects()).toEqual([]);
    await bench.run(bench.instance().tokens.getAccessToken(ref));
  });
});

describe('a client id whose secret is refused', () => {
  it('is closed only after three different installations, without a success between', async () => {
    const { bench, fleet, refs, codeOf } = await incident(6, 'available');
    const healthy = await bench.installed(fleet[0]!);
    const refuse = { answer: 'clientRejected' } as const;
    const kept = new Set(refs.slice(0, 3).map(({ locationId }) => locationId));
    const isOneOf = (place: string | undefined): boolean => kept.has(place?.split(':')[1] ?? '');
    bench.simulator.fault({
      match: { path: 'oauth', when: (_, { place }) => isOneOf(place) },
      times: 'forever',
      do: refuse,
    });
    const reopened = { closed: (): boolean => fleet[0]!.log.some(({ message }) => message.includes('client secret')) };
    await codeOf(refs[0]!);
    await codeOf(refs[1]!);
    await bench.run(fleet[0]!.tokens.refresh(healthy));
    await codeOf(refs[2]!);
    expect(reopened.closed()).toBe(false);
    await bench.clock.advance(10 * S);
    await codeOf(refs[0]!);
    await codeOf(refs[0]!);
    await bench.clock.advance(20 * S);
    await codeOf(refs[1]!);
    expect(reopened.closed()).toBe(true);
  });

  it('is not called any more then, and tried with one installation an hour', async () => {
    const { bench, refs, codeOf } = await incident(6, 'available');
    bench.app.rotateSecret();
    for (const ref of refs) expect(await codeOf(ref)).toMatch(/GHL_(CLIENT_REJECTED|RECOVERY_PENDING)/);
    await bench.clock.advance(60 * S);
    const mark = bench.ledger.mark();
    for (let minute = 0; minute < 6 * 60; minute += 10) {
      for (const [n, ref] of refs.entries()) await codeOf(ref, n % 2);
      await bench.clock.advance(10 * 60 * S);
    }
    expect(bench.ledger.since(mark).credentialCalls().length).toBeLessThanOrEqual(7);
  });

  it('is open again when HighLevel speaks of the grant in place of it: the dead do not stand in the way one by one, an hour each', async () => {
    const { bench, refs, codeOf } = await incident(6);
    const refusal = bench.simulator.outage({ answer: 'clientRejected' }, { path: /oauth.(token|reconnect)/ });
    for (const ref of refs) expect(await codeOf(ref)).toMatch(/GHL_(CLIENT_REJECTED|RECOVERY_PENDING)/);
    refusal.end();
    // The secret is accepted again, and every refresh token is dead.
    for (let hour = 0; hour < 2; hour += 1) {
      await bench.clock.advance(HOUR + 6 * S);
      for (const [n, ref] of refs.entries()) await codeOf(ref, n % 2);
      await bench.clock.advance(6 * S);
    }
    for (const ref of refs) expect(await codeOf(ref)).toBe('GHL_NEEDS_REAUTHORIZATION');
  });

  it('that opens while another instance claims the next try ends nobody: Reconnect was never removed', async () => {
    const bench = new Workbench();
    const process = new SimulatedProcess();
    const [one, other] = [bench.instance(), bench.instance({ process })];
    const refs = [await bench.installed(one), await bench.installed(one), await bench.installed(one)];
    const lost = await bench.installed(one);
    await bench.clock.advance(DAY);
    // Without a refresh token, and waiting for Reconnect.
    bench.simulator.invalidateAll(lost);
    const outage = bench.simulator.outage({ status: 503 }, { path: '/oauth/reconnect' });
    await expect(bench.run(one.tokens.getAccessToken(lost))).rejects.toMatchObject({
      code: 'GHL_UPSTREAM_UNAVAILABLE',
    });
    outage.end();
    const refusal = bench.simulator.outage({ answer: 'clientRejected' }, { path: /oauth.(token|reconnect)/ });
    for (const ref of refs) await bench.run(one.tokens.getAccessToken(ref).catch(() => undefined));
    refusal.end();
    await bench.clock.advance(HOUR + 10 * S);
    // The first save takes the lease; the second would claim the try, and is held up until the other instance has opened it.
    let saves = 0;
    process.stopAt((port) => port === 'save' && (saves += 1) === 2, 'before');
    const asked = other.tokens.getAccessToken(lost);
    await bench.clock.advance(1);
    expect(saves).toBe(2);
    await bench.run(one.tokens.getAccessToken(refs[0]!));
    process.wake();
    const token = await bench.run(asked);
    expect(bench.simulator.describeToken(token)).toMatchObject({ state: 'live', origin: 'reconnect' });
    expect(other.told.map(({ to }) => to)).not.toContain('needs_reauthorization');
  });

  it('is not accused by installations that were made with another pair', async () => {
    const bench = new Workbench({}, 2);
    const [old, current] = bench.app.clients;
    const place = (): { locationId: string } => {
      const { locationId } = bench.simulator.addLocation();
      bench.simulator.installLocation(locationId, { clientId: old!.clientId });
      return { locationId };
    };
    const refs = [place(), place(), place(), place()];
    const instance = bench.instance({
      options: { clients: [current!] },
      directory: { find: (ref) => ('locationId' in ref ? {} : null) },
    });
    for (const ref of refs) await bench.run(instance.tokens.getAccessToken(ref).catch(() => undefined));
    expect(instance.log.map(({ message }) => message).join()).not.toContain('client secret');
  });
});
