import { describe, expect, it } from '@jest/globals';
import type { InstallationRef } from '../../../lib/installation/installation-ref.js';
import { Workbench } from '../../support/workbench.js';

const DAY = 86_400_000;
const locations = { find: (ref: InstallationRef) => ('locationId' in ref ? {} : null) };

/** An app with three key pairs, and a location that was made with one of them. */
const madeWith = (index: number) => {
  const bench = new Workbench({}, 3);
  const pair = bench.app.clients[index]!;
  const { locationId } = bench.simulator.addLocation();
  const { code } = bench.simulator.installLocation(locationId, { clientId: pair.clientId });
  const instance = bench.instance({ directory: locations });
  return { bench, pair, ref: { locationId }, code, instance };
};

describe('an app with several key pairs', () => {
  it('refreshes with the pair that the installation was made with', async () => {
    const { bench, pair, ref, code, instance } = madeWith(1);
    await bench.run(instance.tokens.exchangeCode(code, { clientId: pair.clientId }));
    await bench.clock.advance(DAY);
    await bench.run(instance.tokens.getAccessToken(ref));
    expect(bench.ledger.refreshes().map(({ clientId }) => clientId)).toEqual([pair.clientId]);
  });

  it('tries the others where the pair is unknown, and remembers the one that works', async () => {
    const { bench, pair, ref, instance } = madeWith(2);
    await bench.run(instance.tokens.getAccessToken(ref));
    expect(bench.ledger.reconnects().map(({ clientId }) => clientId)).toEqual(
      bench.app.clients.map(({ clientId }) => clientId),
    );
    expect(await bench.run(instance.tokens.status(ref))).toMatchObject({ clientId: pair.clientId });
    bench.simulator.invalidateAll();
    const mark = bench.ledger.mark();
    await bench.run(instance.reconnects.recover(ref));
    expect(
      bench.ledger
        .since(mark)
        .reconnects()
        .map(({ clientId }) => clientId),
    ).toEqual([pair.clientId]);
  });

  it('begins with the pair that the directory names', async () => {
    const { bench, pair, ref } = madeWith(2);
    const instance = bench.instance({ directory: { find: () => ({ clientId: pair.clientId }) } });
    await bench.run(instance.tokens.getAccessToken(ref));
    expect(bench.ledger.reconnects({ locationId: ref.locationId }).map(({ clientId }) => clientId)).toEqual([
      pair.clientId,
    ]);
  });

  it('tries no other pair on an answer that does not say wrong pair', async () => {
    const { bench, ref, instance } = madeWith(0);
    bench.simulator.setReconnect('notInstalled');
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject({
      code: 'GHL_NEEDS_REAUTHORIZATION',
    });
    expect(bench.ledger.reconnects()).toHaveLength(1);
  });

  it('gives nobody up because every pair is the wrong one, until that was heard often enough', async () => {
    const { bench, ref, instance } = madeWith(0);
    bench.simulator.fault({
      match: { path: '/oauth/reconnect' },
      times: 'forever',
      do: { answer: 'reconnectWrongPair' },
    });
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject({ code: 'GHL_CLIENT_REJECTED' });
    const states: string[] = [];
    for (let hour = 0; hour < 40; hour += 1) {
      await bench.clock.advance(DAY / 24);
      await bench.run(instance.tokens.getAccessToken(ref).catch(() => undefined));
      states.push((await bench.run(instance.tokens.status(ref))).state);
    }
    expect(states.slice(0, 20)).toEqual(Array(20).fill('retrying'));
    expect(states.at(-1)).toBe('needs_reauthorization');
  });

  it('comes back to a closed pair when it opens, where the others were the wrong ones', async () => {
    const { bench, pair, ref, instance } = madeWith(0);
    const other = bench.simulator.addLocation();
    const { code } = bench.simulator.installLocation(other.locationId, { clientId: pair.clientId });
    await bench.run(instance.tokens.exchangeCode(code, { clientId: pair.clientId }));
    bench.simulator.invalidateAll();
    const removed = bench.simulator.fault({
      match: { path: '/oauth/reconnect', clientId: pair.clientId },
      times: 'forever',
      do: { answer: 'endpointRemoved' },
    });
    await bench.run(instance.reconnects.recover(other).catch(() => undefined));
    for (let hour = 0; hour < 40; hour += 1) {
      await bench.run(instance.tokens.getAccessToken(ref).catch(() => undefined));
      await bench.clock.advance(DAY / 24);
    }
    removed.end();
    await bench.clock.advance(2 * (DAY / 24));
    await expect(bench.run(instance.tokens.getAccessToken(ref))).resolves.toEqual(expect.any(String));
  });

  it('says which pair is missing where an installation’s own is not configured any more', async () => {
    const { bench, pair, ref, code, instance } = madeWith(2);
    await bench.run(instance.tokens.exchangeCode(code, { clientId: pair.clientId }));
    await bench.clock.advance(DAY);
    const without = bench.instance({ options: { clients: bench.app.clients.slice(0, 2) } });
    const failure = await bench.run(without.tokens.getAccessToken(ref).catch((error: unknown) => error));
    expect(failure).toMatchObject({ code: 'GHL_CLIENT_REJECTED', retryable: true });
    expect(await bench.run(without.tokens.status(ref))).toMatchObject({ state: 'retrying', refreshable: true });
    expect(bench.ledger.refreshes()).toEqual([]);
    await bench.clock.advance(DAY / 24);
    await expect(bench.run(instance.tokens.getAccessToken(ref))).resolves.toEqual(expect.any(String));
  });
});
