import { describe, expect, it } from '@jest/globals';
import type { ClientPair } from '../../../lib/index.js';
import { Workbench } from '../../support/workbench.js';

const S = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A backend whose secret manager is asked again, and how often it was. */
const withManager = () => {
  const bench = new Workbench();
  const manager = { pairs: bench.app.clients as readonly ClientPair[], asked: 0, isDown: false };
  const instance = bench.instance({
    askForClients: () => {
      manager.asked += 1;
      return manager.isDown ? Promise.reject(new Error('down')) : Promise.resolve(manager.pairs);
    },
  });
  const rotate = (): void => void (manager.pairs = [bench.app.rotateSecret()]);
  return { bench, manager, instance, rotate };
};

describe('a secret that was rotated while the application runs', () => {
  it('is asked for when HighLevel refuses the old one: the caller gets a token, and nothing is closed', async () => {
    const { bench, manager, instance, rotate } = withManager();
    const ref = await bench.installed(instance);
    await bench.clock.advance(DAY);
    rotate();
    await bench.run(instance.tokens.getAccessToken(ref));
    expect(manager.asked).toBe(1);
    expect(bench.ledger.presentedTwice()).toEqual([]);
    expect(instance.log.map(({ message }) => message)).not.toContain(
      'HighLevel refuses for this client id: client secret',
    );
  });

  it('is asked for once in a storm of refusals', async () => {
    const { bench, manager, instance, rotate } = withManager();
    const refs: { locationId: string }[] = [];
    for (let made = 0; made < 30; made += 1) refs.push(await bench.installed(instance));
    await bench.clock.advance(DAY);
    rotate();
    await bench.run(Promise.all(refs.map((ref) => instance.tokens.getAccessToken(ref))));
    expect(manager.asked).toBe(1);
  });

  it('also serves Reconnect, and the code of a new customer', async () => {
    const { bench, manager, instance, rotate } = withManager();
    const ref = await bench.installed(instance);
    bench.simulator.invalidateAll();
    await bench.clock.advance(DAY);
    rotate();
    expect((await bench.run(instance.reconnects.reconnect(ref))).clientId).toBe(bench.app.client.clientId);
    await bench.clock.advance(11 * S);
    rotate();
    await bench.installed(instance);
    expect(manager.asked).toBe(2);
  });

  it('that the manager does not know yet is asked for again at the next attempt', async () => {
    const { bench, manager, instance, rotate } = withManager();
    const ref = await bench.installed(instance);
    await bench.clock.advance(DAY);
    const old = manager.pairs;
    rotate();
    const renewed = manager.pairs;
    manager.pairs = old;
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject({ code: 'GHL_CLIENT_REJECTED' });
    manager.pairs = renewed;
    await bench.clock.advance(20 * S);
    await bench.run(instance.tokens.getAccessToken(ref));
    expect(bench.ledger.presentedTwice()).toEqual([]);
  });

  it('opens what the old one had closed for the fleet, without waiting for the next try', async () => {
    const { bench, manager, instance } = withManager();
    const refs: { locationId: string }[] = [];
    for (let made = 0; made < 6; made += 1) refs.push(await bench.installed(instance));
    await bench.clock.advance(DAY);
    const renewed = bench.app.rotateSecret();
    for (const ref of refs) await bench.run(instance.tokens.getAccessToken(ref)).catch(() => undefined);
    expect(instance.log.map(({ message }) => message)).toContain('HighLevel refuses for this client id: client secret');
    manager.pairs = [renewed];
    await bench.clock.advance(20 * S);
    // One whose back-off has run out finds the new secret; the others become due because of it.
    await bench.run(instance.reconnects.recover(refs[0]!).catch(() => undefined));
    for (let minute = 0; minute < 3; minute += 1) {
      await bench.clock.advance(60 * S);
      await bench.run(instance.engine.sweeper.run());
    }
    const states = await Promise.all(refs.map(async (ref) => (await instance.tokens.status(ref)).state));
    expect(new Set(states)).toEqual(new Set(['active']));
  });

  it('is used by an instance that starts with it, whatever the old one had closed', async () => {
    const bench = new Workbench();
    const old = bench.instance();
    const refs: { locationId: string }[] = [];
    for (let made = 0; made < 5; made += 1) refs.push(await bench.installed(old));
    await bench.clock.advance(DAY);
    const renewed = bench.app.rotateSecret();
    for (const ref of refs.slice(0, 4)) await bench.run(old.tokens.getAccessToken(ref)).catch(() => undefined);
    const restarted = bench.instance({ options: { clients: [renewed] } });
    await bench.run(restarted.tokens.getAccessToken(refs[4]!));
  });

  it('is not needed where the manager is down: the old pair stays', async () => {
    const { bench, manager, instance } = withManager();
    const ref = await bench.installed(instance);
    await bench.clock.advance(DAY);
    manager.isDown = true;
    const refusal = bench.simulator.fault({
      match: { path: 'oauth' },
      times: 'forever',
      do: { answer: 'clientRejected' },
    });
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject({ code: 'GHL_CLIENT_REJECTED' });
    refusal.end();
    await bench.clock.advance(20 * S);
    await bench.run(instance.tokens.getAccessToken(ref));
  });
});

describe('a pair that was not there when the application started', () => {
  it('is asked for by the installation that was made with it', async () => {
    const bench = new Workbench({}, 2);
    const [first, second] = bench.app.clients as [ClientPair, ClientPair];
    const { locationId } = bench.simulator.addLocation();
    const { code } = bench.simulator.installLocation(locationId, { clientId: second.clientId });
    await bench.run(bench.instance().tokens.exchangeCode(code, { clientId: second.clientId }));
    await bench.clock.advance(DAY);
    const instance = bench.instance({
      options: { clients: [first] },
      askForClients: () => Promise.resolve([first, second]),
    });
    await bench.run(instance.tokens.getAccessToken({ locationId }));
  });
});
