import { describe, expect, it } from '@jest/globals';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { SimulatedProcess } from '../../support/simulated-process.js';
import { Workbench } from '../../support/workbench.js';

const S = 1_000;
const DAY = 86_400_000;
const GONE = { code: 'GHL_UNINSTALLED', retryable: false };

const installed = async () => {
  const bench = new Workbench();
  const instance = bench.instance();
  const ref = await bench.installed(instance);
  return { bench, instance, ref };
};

describe('an installation that was uninstalled', () => {
  it('has no credential any more, costs no call, and is told of', async () => {
    const { bench, instance, ref } = await installed();
    await bench.run(instance.tokens.markUninstalled(ref));
    const mark = bench.ledger.mark();
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject(GONE);
    await expect(bench.run(bench.instance().tokens.getAccessToken(ref))).rejects.toMatchObject(GONE);
    await expect(bench.run(instance.reconnects.recover(ref))).rejects.toMatchObject(GONE);
    await expect(bench.run(instance.reconnects.reconnect(ref))).rejects.toMatchObject(GONE);
    await expect(bench.run(instance.tokens.mintLocationToken(ref))).rejects.toMatchObject(GONE);
    expect(bench.ledger.since(mark).entries).toEqual([]);
    const record = await bench.store.find(instance.engine.keeper.placeOf(ref).key);
    expect(record).toMatchObject({ state: 'uninstalled', due: null, expiresAt: null });
    expect(record?.body).not.toContain('eyJ');
    await instance.engine.teller.settled();
    expect(instance.told.map(({ from, to }) => [from, to])).toEqual([
      [null, 'active'],
      ['active', 'uninstalled'],
    ]);
  });

  it.each(['a refresh', 'Reconnect'])('is not brought back by a late answer of %s', async (what) => {
    const { bench, instance, ref } = await installed();
    if (what === 'Reconnect') bench.simulator.killRefreshToken(ref);
    await bench.clock.advance(DAY);
    bench.simulator.fault({ match: { path: '/oauth/token' }, times: 2, do: { delayMs: 5 * S } });
    const asked = instance.tokens.getAccessToken(ref).catch(({ code }: { code: string }) => code);
    await bench.clock.advance(7 * S);
    await bench.run(instance.tokens.markUninstalled(ref));
    const outcome = await bench.run(asked);
    if (what === 'Reconnect') expect(outcome).toBe('GHL_UNINSTALLED');
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject(GONE);
    expect(await bench.run(instance.tokens.status(ref))).toMatchObject({ state: 'uninstalled' });
  });

  it('is not brought back by a process that was stopped before, nor by its cache', async () => {
    const { bench, ref } = await installed();
    const process = new SimulatedProcess();
    const late = bench.instance({ process });
    await bench.run(late.tokens.getAccessToken(ref));
    await bench.clock.advance(DAY);
    process.stopAt((port) => port === 'highlevel', 'after');
    const asked = late.tokens.getAccessToken(ref).catch(({ code }: { code: string }) => code);
    await bench.clock.advance(1 * S);
    await bench.run(bench.instance().tokens.markUninstalled(ref));
    process.wake();
    expect(await bench.run(asked)).toBe('GHL_UNINSTALLED');
    await bench.clock.advance(61 * S);
    await expect(bench.run(late.tokens.getAccessToken(ref))).rejects.toMatchObject(GONE);
  });

  it('comes back with a real reinstall, and a late pair of before does not beat it', async () => {
    const { bench, instance, ref } = await installed();
    const process = new SimulatedProcess();
    const late = bench.instance({ process });
    await bench.clock.advance(DAY);
    process.stopAt((port) => port === 'highlevel', 'after');
    const asked = late.tokens.getAccessToken(ref).catch(() => undefined);
    await bench.clock.advance(1 * S);
    await bench.run(instance.tokens.markUninstalled(ref));
    const { code } = bench.simulator.reinstall({ locationId: ref.locationId });
    await bench.run(instance.tokens.exchangeCode(code));
    const token = await bench.run(instance.tokens.getAccessToken(ref));
    process.wake();
    await bench.run(asked);
    expect(await bench.run(bench.instance().tokens.getAccessToken(ref))).toBe(token);
    expect(bench.simulator.describeToken(token)).toMatchObject({ state: 'live', origin: 'code' });
    await instance.engine.teller.settled();
    expect(instance.told.map(({ to }) => to)).toEqual(['active', 'uninstalled', 'active']);
  });

  // The story: the answer was a summary, which a callback takes for success; the customer waited for an app that was not there.
  it('before the pair of an authorization could be stored is an error for who exchanges it', async () => {
    const { bench, instance, ref } = await installed();
    const process = new SimulatedProcess();
    const late = bench.instance({ process });
    const { code } = bench.simulator.authorizeAgain({ locationId: ref.locationId });
    process.stopAt((port) => port === 'save', 'before');
    const exchanged = late.tokens.exchangeCode(code).catch((error: unknown) => error);
    await bench.clock.advance(1 * S);
    await bench.run(instance.tokens.markUninstalled(ref));
    process.wake();
    expect(await bench.run(exchanged)).toMatchObject({ code: 'GHL_UNINSTALLED', retryable: false });
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject({ code: 'GHL_UNINSTALLED' });
  });

  it('and installed again meanwhile is not buried by the old event, where that was held up', async () => {
    const { bench, instance, ref } = await installed();
    const process = new SimulatedProcess();
    const late = bench.instance({ process });
    process.stop();
    const buried = late.tokens.markUninstalled(ref);
    await bench.clock.advance(1 * S);
    const { code } = bench.simulator.reinstall({ locationId: ref.locationId });
    await bench.run(instance.tokens.exchangeCode(code));
    process.wake();
    await bench.run(buried);
    await expect(bench.run(late.tokens.getAccessToken(ref))).resolves.toEqual(expect.any(String));
  });

  // The story: the present credential was not the customer's own any more but a refreshed one, and the old event buried what was installed.
  it('and installed again meanwhile is not buried by the old event, though it has been rotated since', async () => {
    const { bench, instance, ref } = await installed();
    const process = new SimulatedProcess();
    const late = bench.instance({ process });
    process.stop();
    const buried = late.tokens.markUninstalled(ref);
    await bench.clock.advance(1 * S);
    const { code } = bench.simulator.reinstall({ locationId: ref.locationId });
    await bench.run(instance.tokens.exchangeCode(code));
    await bench.run(instance.tokens.refresh(ref));
    process.wake();
    await bench.run(buried);
    await expect(bench.run(late.tokens.getAccessToken(ref))).resolves.toEqual(expect.any(String));
  });

  // The story: the event was delivered again hours later, and buried what the customer had installed meanwhile.
  it('and installed again is not buried by an event that is delivered late and says when it was', async () => {
    const { bench, instance, ref } = await installed();
    const at = new Date(bench.clock.now());
    await bench.clock.advance(6 * 3_600_000);
    const { code } = bench.simulator.reinstall({ locationId: ref.locationId });
    await bench.run(instance.tokens.exchangeCode(code));
    await bench.clock.advance(1 * S);
    await bench.run(instance.tokens.markUninstalled(ref, { at }));
    await expect(bench.run(instance.tokens.getAccessToken(ref))).resolves.toEqual(expect.any(String));
    await bench.run(instance.tokens.markUninstalled(ref, { at: new Date(bench.clock.now()) }));
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject({ code: 'GHL_UNINSTALLED' });
  });

  it('is not marked so by an event whose time is no date', async () => {
    const { bench, instance, ref } = await installed();
    const marked = instance.tokens.markUninstalled(ref, { at: new Date('yesterday') });
    await expect(bench.run(marked)).rejects.toMatchObject({ code: 'GHL_CONFIG_INVALID' });
    await expect(bench.run(instance.tokens.getAccessToken(ref))).resolves.toEqual(expect.any(String));
  });

  it('takes no tokens that a script imports once more, and does not stop it', async () => {
    const { bench, instance, ref } = await installed();
    const expiresAt = new Date(bench.clock.now() + DAY);
    const tokens = { accessToken: 'an old access token', refreshToken: 'an old refresh token', expiresAt };
    await bench.run(instance.tokens.importTokens(ref, tokens));
    await bench.clock.advance(1 * S);
    await bench.run(instance.tokens.markUninstalled(ref));
    const again = await bench.run(instance.tokens.importTokens(ref, tokens));
    expect(again).toMatchObject({ state: 'uninstalled' });
  });

  it('is not told twice of where the event comes twice', async () => {
    const { bench, instance, ref } = await installed();
    await bench.run(instance.tokens.markUninstalled(ref));
    await bench.run(instance.tokens.markUninstalled(ref));
    await instance.engine.teller.settled();
    expect(instance.told).toHaveLength(2);
  });

  it('while the store fails is an error, so that the event is sent again', async () => {
    const bench = new Workbench();
    const store = new FaultyRepository(bench.store);
    const instance = bench.instance({ repository: store });
    const ref = await bench.installed(instance);
    store.fail('before', { on: 'save', when: (_, record) => record?.state === 'uninstalled' });
    await expect(bench.run(instance.tokens.markUninstalled(ref))).rejects.toMatchObject({ code: 'GHL_STORE_FAILED' });
    await bench.run(instance.tokens.markUninstalled(ref));
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject(GONE);
  });

  it('was unknown before: the tombstone stands all the same', async () => {
    const bench = new Workbench();
    const instance = bench.instance({ directory: { find: () => ({}) } });
    await bench.run(instance.tokens.markUninstalled({ locationId: 'neverSeen' }));
    await expect(bench.run(instance.tokens.getAccessToken({ locationId: 'neverSeen' }))).rejects.toMatchObject(GONE);
    expect(bench.ledger.entries).toEqual([]);
  });
});

describe('a company that was uninstalled', () => {
  it('takes its locations with it, however many, and no others', async () => {
    const bench = new Workbench();
    const instance = bench.instance({ directory: { find: () => ({}) } });
    const { companyId, locationIds } = await bench.bulkInstalled(instance, 3);
    const others = await bench.installed(instance);
    for (const locationId of locationIds) await bench.run(instance.tokens.mintLocationToken({ companyId, locationId }));
    await bench.run(instance.tokens.markUninstalled({ companyId }));
    const mark = bench.ledger.mark();
    for (const locationId of locationIds)
      await expect(bench.run(instance.tokens.getAccessToken({ locationId }))).rejects.toMatchObject(GONE);
    await expect(bench.run(instance.tokens.getAccessToken({ companyId }))).rejects.toMatchObject(GONE);
    await expect(bench.run(instance.tokens.getAccessToken(others))).resolves.toEqual(expect.any(String));
    expect(bench.ledger.since(mark).entries).toEqual([]);
  });

  it('gets its locations back when it is installed in bulk again and a token is minted for them', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const { companyId, locationIds } = await bench.bulkInstalled(instance, 2);
    const [back, gone] = locationIds.map((locationId) => ({ companyId, locationId }));
    for (const ref of [back!, gone!]) await bench.run(instance.tokens.mintLocationToken(ref));
    bench.simulator.uninstall({ companyId });
    await bench.run(instance.tokens.markUninstalled({ companyId }));
    await expect(bench.run(instance.tokens.mintLocationToken(back!))).rejects.toMatchObject(GONE);
    const { code } = bench.simulator.installCompany(companyId, { bulk: true, locations: [back!.locationId] });
    await bench.run(instance.tokens.exchangeCode(code));
    await expect(bench.run(instance.tokens.getAccessToken(back!))).rejects.toMatchObject(GONE);
    await bench.run(instance.tokens.mintLocationToken(back!));
    await expect(instance.tokens.getAccessToken(back!)).resolves.toEqual(expect.any(String));
    await expect(bench.run(instance.tokens.mintLocationToken(gone!))).rejects.toMatchObject({
      code: expect.stringMatching(/^GHL_/),
    });
    await expect(bench.run(instance.tokens.getAccessToken(gone!))).rejects.toMatchObject(GONE);
  });

  // The story: the company came back while the event of before was held up; its location, minted anew, was buried and stayed so.
  it.each([
    ['was held up', false],
    ['came twice, and was held up', true],
  ])('and installed again meanwhile keeps its locations, where the old event %s', async (_, isHeardTwice) => {
    const bench = new Workbench();
    const instance = bench.instance();
    const { companyId, locationIds } = await bench.bulkInstalled(instance, 1);
    const ref = { companyId, locationId: locationIds[0]! };
    await bench.run(instance.tokens.mintLocationToken(ref));
    const process = new SimulatedProcess();
    const late = bench.instance({ process });
    bench.simulator.uninstall({ companyId });
    if (isHeardTwice) await bench.run(instance.tokens.markUninstalled({ companyId }));
    process.stop();
    const buried = late.tokens.markUninstalled({ companyId });
    await bench.clock.advance(1 * S);
    const { code } = bench.simulator.installCompany(companyId, { bulk: true, locations: [ref.locationId] });
    await bench.run(instance.tokens.exchangeCode(code));
    await bench.run(instance.tokens.mintLocationToken(ref));
    process.wake();
    await bench.run(buried);
    await bench.run(instance.tokens.refresh({ companyId }));
    for (const who of [{ companyId }, ref])
      await expect(bench.run(late.tokens.getAccessToken(who))).resolves.toEqual(expect.any(String));
  });

  it('is not paged through for ever by a repository that begins anew with every page', async () => {
    const bench = new Workbench();
    const store = new FaultyRepository(bench.store);
    const instance = bench.instance({ repository: store });
    const { companyId, locationIds } = await bench.bulkInstalled(instance, 1);
    await bench.run(instance.tokens.mintLocationToken({ companyId, locationId: locationIds[0]! }));
    const page = await store.list({ kind: 'installation', group: companyId, limit: 10 });
    store.fail({ answer: page }, { on: 'list', times: Number.POSITIVE_INFINITY });
    await expect(bench.run(instance.tokens.markUninstalled({ companyId }))).rejects.toMatchObject({
      code: 'GHL_STORE_FAILED',
      message: expect.stringContaining('list()'),
    });
  });
});
