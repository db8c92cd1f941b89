import { beforeEach, describe, expect, it } from '@jest/globals';
import { isGhlAuthError, type GhlAuthError } from '../../../lib/errors/ghl-auth-error.js';
import type { GhlAuthRecord } from '../../../lib/storage/ghl-auth.repository.js';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { makeKey } from '../../support/sealing.js';
import { Workbench, type Instance } from '../../support/workbench.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const K1 = makeKey('k1');
const K2 = makeKey('k2');
const sealing = { keys: [K1] };

let bench: Workbench;
let writer: Instance;
let refs: { locationId: string; companyId: string }[];
beforeEach(async () => {
  bench = new Workbench();
  writer = bench.instance({ options: { sealing } });
  refs = [await bench.installed(writer), await bench.installed(writer), await bench.installed(writer)];
});

const keyOf = (index: number): string => writer.engine.keeper.placeOf(refs[index] as { locationId: string }).key;

const recordOf = async (index: number): Promise<GhlAuthRecord> => {
  const record = await bench.store.find(keyOf(index));
  if (record === null) throw new Error('there is no such record');
  return record;
};

/** Somebody writes to the database behind the module's back. */
const tamper = async (
  index: number,
  change: (record: GhlAuthRecord) => Partial<GhlAuthRecord>,
): Promise<GhlAuthRecord> => {
  const record = await recordOf(index);
  const altered = { ...record, ...change(record) };
  await bench.store.remove(record.key, record.version);
  await bench.store.save(altered, null);
  return altered;
};

const errorOf = async (work: Promise<unknown>): Promise<GhlAuthError> => {
  const error: unknown = await bench.run(work).then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  if (!isGhlAuthError(error)) throw error as Error;
  return error;
};

const flip = (body: string): string => body.slice(0, -9) + (body.at(-9) === 'A' ? 'B' : 'A') + body.slice(-8);

describe('a record that does not open', () => {
  it.each([
    [
      'was altered',
      async () => tamper(0, ({ body }) => ({ body: flip(body) })),
      /with the key "k1", it was altered, cut or taken/,
    ],
    ['was cut', async () => tamper(0, ({ body }) => ({ body: body.slice(0, -30) })), /"k1", .*cut/],
    [
      'is from another row',
      async () => {
        const { body } = await recordOf(1);
        return tamper(0, () => ({ body }));
      },
      /taken from another record/,
    ],
    ['has another format', async () => tamper(0, () => ({ format: 0 })), /"k1", .*cut/],
    [
      'has an unknown version',
      async () => tamper(0, ({ body }) => ({ body: body.replace('sealed.1', 'sealed.7') })),
      /"sealed.7"/,
    ],
    [
      'has an unknown key id',
      async () => tamper(0, ({ body }) => ({ body: body.replace(':k1:', ':k7:') })),
      /the key "k7", which is not there/,
    ],
    ['is empty', async () => tamper(0, () => ({ body: '' })), /no envelope/],
  ] as const)('because it %s is left as it is, and nobody else notices', async (_, spoil, problem) => {
    const spoiled = await spoil();
    const reader = bench.instance({ options: { sealing } });
    const mark = bench.ledger.mark();
    for (const ask of ['getAccessToken', 'refresh', 'status'] as const) {
      const error = await errorOf(reader.tokens[ask](refs[0] as { locationId: string }));
      expect(error).toMatchObject({ code: 'GHL_RECORD_UNREADABLE', retryable: false });
      expect(error.message).toMatch(problem);
      expect(error.message).toContain(`location ${refs[0]?.locationId}`);
      expect(error.installation).toEqual({ locationId: refs[0]?.locationId });
    }
    for (const ref of refs.slice(1)) expect(await bench.run(reader.tokens.getAccessToken(ref))).toBeTruthy();
    expect(bench.ledger.since(mark).tokenCalls()).toEqual([]);
    expect(await recordOf(0)).toEqual(spoiled);
  });

  it('stays where the customer authorizes again: the new pair is held, and stored once the key is back', async () => {
    const spoiled = await tamper(0, ({ body }) => ({ body: body.replace(':k1:', ':k7:') }));
    const ref = refs[0] as { locationId: string };
    const instance = bench.instance({ options: { sealing } });
    const { code } = bench.simulator.authorizeAgain(ref);
    expect(await errorOf(instance.tokens.exchangeCode(code))).toMatchObject({ code: 'GHL_STORE_FAILED' });
    expect(await bench.run(instance.tokens.getAccessToken(ref))).toBeTruthy();
    expect(await recordOf(0)).toEqual(spoiled);
    await tamper(0, ({ body }) => ({ body: body.replace(':k7:', ':k1:') }));
    await bench.clock.advance(60_000);
    expect(instance.engine.health()).toEqual({ unsaved: 0 });
    expect(await bench.run(bench.instance({ options: { sealing } }).tokens.status(ref))).toMatchObject({
      generation: 2,
    });
  });

  it('goes on being served by an instance that has it in memory', async () => {
    await tamper(0, ({ body }) => ({ body: flip(body) }));
    await bench.clock.advance(2 * HOUR);
    expect(await bench.run(writer.tokens.getAccessToken(refs[0] as { locationId: string }))).toBeTruthy();
  });
});

describe('the sweep', () => {
  it('passes over what does not open, counts it, and tells of it once', async () => {
    await tamper(0, ({ body }) => ({ body: flip(body) }));
    const instance = bench.instance({ options: { sealing } });
    await bench.clock.advance(DAY - HOUR);
    for (let tick = 0; tick < 3; tick += 1) {
      const report = await bench.run(instance.engine.sweeper.run());
      expect(report).toMatchObject({ unreadable: 1, renewed: tick === 0 ? 2 : 0, failed: 0, complete: true });
    }
    const told = instance.log.filter(({ level }) => level === 'error');
    expect(told).toEqual([
      {
        level: 'error',
        message: 'A stored record cannot be read: it is left as it is, and passed over',
        fields: { key: keyOf(0), problem: expect.stringMatching(/the key "k1", it was altered/) },
      },
    ]);
  });

  it('tells of it again when it was mended and has gone wrong again', async () => {
    const instance = bench.instance({ options: { sealing } });
    await bench.clock.advance(DAY - HOUR);
    const { body: whole } = await recordOf(0);
    for (const body of [flip(whole), whole, flip(whole)]) {
      await tamper(0, () => ({ body, due: new Date(0) }));
      await bench.run(instance.engine.sweeper.run());
      await bench.run(instance.tokens.getAccessToken(refs[1] as { locationId: string }));
      if (body === whole) await tamper(0, () => ({ body }));
    }
    expect(instance.log.filter(({ level }) => level === 'error')).toHaveLength(2);
  });

  it('names some of very many, and not each of them', async () => {
    for (let count = 0; count < 40; count += 1) refs.push(await bench.installed(writer));
    const instance = bench.instance({ options: { sealing: { keys: [K2] } } });
    await bench.clock.advance(DAY - HOUR);
    for (let tick = 0; tick < 2; tick += 1)
      expect(await bench.run(instance.engine.sweeper.run())).toMatchObject({ unreadable: 43, looked: 0 });
    expect(instance.log.filter(({ level }) => level === 'error')).toHaveLength(21);
  });
});

describe('a row that was pasted under another key', () => {
  it('serves nobody, sealed or not', async () => {
    const plain = new Workbench();
    const instance = plain.instance();
    const [one, two] = [await plain.installed(instance), await plain.installed(instance)];
    const keys = [one, two].map((ref) => instance.engine.keeper.placeOf(ref).key) as [string, string];
    const [from, to] = [await plain.store.find(keys[0]), await plain.store.find(keys[1])];
    if (from === null || to === null) throw new Error('no records');
    await plain.store.save({ ...to, body: from.body, version: to.version + 1 }, to.version);
    const asked: unknown = await plain
      .run(plain.instance().tokens.getAccessToken(two))
      .catch((error: unknown) => error);
    expect(asked).toMatchObject({
      code: 'GHL_RECORD_UNREADABLE',
      message: expect.stringMatching(/another installation/),
    });
  });
});

describe('the record of the app', () => {
  const close = async (instance: Instance): Promise<void> => {
    bench.simulator.setReconnect('removed');
    bench.simulator.invalidateAll();
    await bench.clock.advance(10_000);
    await bench.run(instance.reconnects.recover(refs[0] as { locationId: string }).catch(() => undefined));
  };

  it('is sealed, and shared by the fleet', async () => {
    await close(writer);
    const record = await bench.store.find(`app/${writer.engine.settings.appId}`);
    expect(record?.body).toMatch(/^sealed\.1:k1:[\w-]{8}::/);
  });

  it('is left alone where it does not open, complained of once, and stops neither recovery nor health', async () => {
    await close(writer);
    const key = `app/${writer.engine.settings.appId}`;
    const record = await bench.store.find(key);
    if (record === null) throw new Error('no record');
    const spoiled = { ...record, body: flip(record.body), version: record.version + 1 };
    await bench.store.save(spoiled, record.version);
    bench.simulator.setReconnect('available');
    const instance = bench.instance({ options: { sealing } });
    for (const ref of refs) {
      await bench.clock.advance(10_000);
      expect(await bench.run(instance.reconnects.recover(ref))).toMatchObject({ rung: 'reconnect' });
    }
    expect(await bench.store.find(key)).toEqual(spoiled);
    expect(instance.log.filter(({ message }) => message.startsWith('The record of the app'))).toHaveLength(1);
    await expect(bench.run(instance.engine.probeStore())).resolves.toBeUndefined();
  });
});

describe('a store that loses or restores rows', () => {
  it('is mended from memory as ever', async () => {
    const store = new FaultyRepository();
    const instance = bench.instance({ options: { sealing }, repository: store });
    const ref = await bench.installed(instance);
    store.dropAll();
    await bench.clock.advance(120_000);
    await bench.run(instance.tokens.getAccessToken(ref));
    await bench.clock.advance(1_000);
    const other = bench.instance({ options: { sealing }, repository: store });
    expect(await bench.run(other.tokens.status(ref))).toMatchObject({ state: 'active' });
  });
});
