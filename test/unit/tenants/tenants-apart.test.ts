import { AsyncLocalStorage } from 'node:async_hooks';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { InstallationRef } from '../../../lib/installation/installation-ref.js';
import type { GhlAuthRepository } from '../../../lib/storage/ghl-auth.repository.js';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { Workbench, type Instance } from '../../support/workbench.js';

const DAY = 86_400_000;

/** Ids that are well-formed, and made to collide: with what objects inherit, with each other but for case or end, and across kinds. */
const COLLIDING = `__proto__ constructor prototype toString hasOwnProperty valueOf then length null undefined true 0 - _
  sameId SAMEID sameid sameI sameId0 sameId00 sameId- sameId_ location company installation app`.split(/\s+/);

/** Ids that look like others to people, to databases or to a URL, and are none. */
const MALFORMED = [
  ...[
    'sam\u0435Id',
    'sameId\u0301',
    'sameId\u200b',
    '\u202esameId',
    'ｓameId',
    'sameId ',
    ' sameId',
    'sameId\n',
    'sameId\0',
  ],
  ...[
    'sameId/',
    '../sameId',
    'sameId/../otherId',
    'sameId%00',
    'sameId.',
    'same:Id',
    "sameId' OR 1=1 --",
    'a'.repeat(65),
  ],
];

let bench: Workbench;
let instance: Instance;
beforeEach(() => {
  bench = new Workbench();
  instance = bench.instance();
});

/** The app in a location and in a company of each id. */
const installAll = async (ids: readonly string[]): Promise<InstallationRef[]> => {
  const refs: InstallationRef[] = [];
  for (const id of ids) {
    bench.simulator.addCompany({ companyId: id });
    bench.simulator.addLocation({ locationId: id, companyId: id });
    for (const { code } of [bench.simulator.installLocation(id), bench.simulator.installCompany(id)])
      await bench.run(instance.tokens.exchangeCode(code));
    refs.push({ locationId: id }, { companyId: id });
  }
  return refs;
};

const placeOf = (ref: InstallationRef): string =>
  ref.locationId === undefined ? `company:${ref.companyId}` : `location:${ref.locationId}`;

/** Whose token each of them is served. */
const owners = async (of: Instance, refs: readonly InstallationRef[]): Promise<unknown[]> => {
  const tokens = await bench.run(Promise.all(refs.map((ref) => of.tokens.getAccessToken(ref))));
  return tokens.map((token) => bench.simulator.describeToken(token)?.place);
};

describe('installations whose ids are made to collide', () => {
  it('are served their own tokens: from memory, from the store, renewed, and by another instance', async () => {
    const refs = await installAll(COLLIDING);
    const own = refs.map(placeOf);
    expect(await owners(instance, refs)).toEqual(own);
    expect(await owners(bench.instance(), refs)).toEqual(own);
    await bench.clock.advance(DAY);
    expect(await owners(instance, refs)).toEqual(own);
    expect(bench.ledger.crossed()).toEqual([]);
    expect(bench.ledger.presentedTwice()).toEqual([]);
  });

  it('are recovered, fail and end each for itself', async () => {
    const refs = await installAll(COLLIDING);
    await bench.clock.advance(10_000);
    bench.simulator.setReconnect('removed');
    // A broken location would have its token minted from its company.
    const isCompany = (ref: InstallationRef): boolean => ref.locationId === undefined;
    const [broken, well] = [refs.filter(isCompany), refs.filter((ref) => !isCompany(ref))];
    for (const ref of broken) bench.simulator.invalidateAll(ref);
    const outcomes = await bench.run(
      Promise.all(
        refs.map((ref) =>
          instance.reconnects.recover(ref).then(
            ({ installation }) => placeOf(installation),
            ({ code, installation }: { code: string; installation: InstallationRef }) =>
              `${code} ${placeOf(installation)}`,
          ),
        ),
      ),
    );
    expect(outcomes).toEqual(
      refs.map((ref) => (well.includes(ref) ? placeOf(ref) : `GHL_NEEDS_REAUTHORIZATION ${placeOf(ref)}`)),
    );
    expect(await owners(instance, well)).toEqual(well.map(placeOf));
    const told = instance.told
      .filter(({ to }) => to === 'needs_reauthorization')
      .map((change) => placeOf(change.installation));
    expect(told.sort()).toEqual(broken.map(placeOf).sort());
  });

  it('are uninstalled each for itself', async () => {
    const refs = await installAll(['__proto__', 'sameId', 'SAMEID', 'constructor']);
    for (const locationId of ['__proto__', 'sameId']) await bench.run(instance.tokens.markUninstalled({ locationId }));
    for (const other of [instance, bench.instance()]) {
      const states = await Promise.all(refs.map(async (ref) => (await bench.run(other.tokens.status(ref))).state));
      expect(states).toEqual([
        'uninstalled',
        'active',
        'uninstalled',
        'active',
        'active',
        'active',
        'active',
        'active',
      ]);
    }
    await bench.run(instance.tokens.markUninstalled({ companyId: '__proto__' }));
    await bench.run(instance.tokens.markUninstalled({ companyId: 'SAMEID' }));
    const states = await Promise.all(refs.map(async (ref) => (await bench.run(instance.tokens.status(ref))).state));
    const active = refs.filter((_, index) => states[index] === 'active').map(placeOf);
    expect(active).toEqual(['company:sameId', 'location:constructor', 'company:constructor']);
  });

  it('change nothing that other objects inherit', async () => {
    const before = Object.getOwnPropertyNames(Object.prototype).sort();
    await installAll(COLLIDING);
    await bench.run(instance.engine.sweeper.run());
    expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(before);
    expect(({} as Record<string, unknown>)['state']).toBeUndefined();
  });
});

describe('trouble with one installation', () => {
  it('holds up no other: each has a flight, a lease and a back-off of its own', async () => {
    const refs = await installAll(['sameId', 'SAMEID', 'sameid', '__proto__']);
    await bench.clock.advance(DAY);
    const [stuck, ...others] = refs as [InstallationRef, ...InstallationRef[]];
    bench.simulator.fault({ match: { path: 'oauth', locationId: 'sameId' }, times: 'forever', do: 'hang' });
    const waiting = instance.tokens.getAccessToken(stuck).catch((error: { code: string }) => error.code);
    const before = bench.clock.monotonic();
    expect(await owners(instance, others)).toEqual(others.map(placeOf));
    expect(await owners(bench.instance(), others)).toEqual(others.map(placeOf));
    expect(bench.clock.monotonic() - before).toBeLessThan(1_000);
    expect(await bench.run(waiting)).toMatch(/^GHL_/);
    expect(await owners(instance, others)).toEqual(others.map(placeOf));
    expect((await bench.run(instance.tokens.status(stuck))).trouble).not.toBeNull();
    for (const ref of others) expect((await bench.run(instance.tokens.status(ref))).trouble).toBeNull();
  });

  it('is told in errors of their own: what one caller adds to its error, nobody else finds', async () => {
    const [one, other] = [await bench.installed(instance), await bench.installed(instance)];
    bench.simulator.setReconnect('removed');
    bench.simulator.invalidateAll();
    await bench.clock.advance(DAY);
    const failed = (ref: InstallationRef): Promise<object> =>
      instance.tokens.getAccessToken(ref).then(
        () => ({}),
        (error: object) => error,
      );
    const errors = await bench.run(Promise.all([failed(one), failed(one), failed(other)]));
    Object.assign(errors[0], { request: 'of the first caller' });
    expect(new Set(errors).size).toBe(3);
    expect(errors.slice(1)).not.toContainEqual(expect.objectContaining({ request: expect.anything() }));
    expect(errors).toMatchObject([one, one, other].map(({ locationId }) => ({ installation: { locationId } })));
  });

  it('runs in no caller’s context: store and listener see neither this one’s nor another’s', async () => {
    const caller = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const { store } = bench;
    const noting = <T extends unknown[], R>(call: (...given: T) => R) => {
      return (...given: T): R => (seen.push(caller.getStore()), call(...given));
    };
    const repository: GhlAuthRepository = {
      find: noting((key) => store.find(key)),
      save: noting((record, version) => store.save(record, version)),
      list: noting((query) => store.list(query)),
      remove: noting((key, version) => store.remove(key, version)),
    };
    const watched = bench.instance({
      repository,
      listener: { onInstallationChange: () => void seen.push(caller.getStore()) },
    });
    const refs = [await bench.installed(watched), await bench.installed(watched)];
    await bench.clock.advance(DAY);
    await bench.run(
      Promise.all(refs.map((ref) => caller.run(`of ${ref.locationId}`, () => watched.tokens.getAccessToken(ref)))),
    );
    await bench.run(watched.engine.teller.settled());
    expect(seen.length).toBeGreaterThan(10);
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });
});

describe('an id that only looks like another one', () => {
  it.each(MALFORMED)('%j is refused, whichever call it comes in, and nothing is looked up or called', async (id) => {
    await installAll(['sameId']);
    const store = new FaultyRepository(bench.store);
    const fresh = bench.instance({ repository: store });
    const mark = bench.ledger.mark();
    for (const ref of [{ locationId: id }, { companyId: id }, { locationId: 'sameId', companyId: id }]) {
      const calls = [
        fresh.tokens.getAccessToken(ref),
        fresh.tokens.refresh(ref),
        fresh.tokens.status(ref),
        fresh.reconnects.recover(ref),
        fresh.reconnects.reconnect(ref),
        fresh.tokens.markUninstalled(ref),
      ];
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'GHL_REF_INVALID' });
    }
    expect(store.calls).toEqual([]);
    expect(bench.ledger.since(mark).entries).toEqual([]);
  });

  it('is not taken from HighLevel either', async () => {
    const { locationId } = bench.simulator.addLocation();
    for (const id of ['sam\u0435Id', '../sameId', 'sameId\n']) {
      bench.simulator.settings.token.shapeAnswer = (answer) => ({ ...answer, locationId: id });
      const { code } = bench.simulator.installLocation(locationId);
      await expect(bench.run(instance.tokens.exchangeCode(code))).rejects.toMatchObject({ name: 'GhlAuthError' });
      bench.simulator.uninstall({ locationId });
    }
    expect(bench.store.size).toBe(0);
  });
});

describe('a flood', () => {
  it('of many installations at once hands nobody another’s token, error or context', async () => {
    const caller = new AsyncLocalStorage<string>();
    const refs: { locationId: string }[] = [];
    for (let count = 0; count < 60; count += 1) refs.push(await bench.installed(instance));
    await bench.clock.advance(10_000);
    bench.simulator.setReconnect('removed');
    const isBroken = (index: number): boolean => index % 3 === 0;
    refs.forEach((ref, index) =>
      isBroken(index) ? bench.simulator.invalidateAll(ref) : bench.simulator.killAccessToken(ref),
    );
    const instances = [instance, bench.instance(), bench.instance()];
    const mark = bench.ledger.mark();
    const ask = async (ref: { locationId: string }, index: number, of: Instance): Promise<string> => {
      const answer = await of.reconnects.recover(ref).then(
        ({ credential }) => bench.simulator.describeToken(credential.token)?.place,
        (error: { code: string; installation: InstallationRef }) => `${error.code} ${placeOf(error.installation)}`,
      );
      return `${caller.getStore()} ${answer}`;
    };
    const asked = Array.from({ length: 5 }, () =>
      instances.flatMap((of) => refs.map((ref, index) => ({ of, ref, index }))),
    ).flat();
    const answers = await bench.run(
      Promise.all(asked.map(({ of, ref, index }) => caller.run(`caller ${index}`, () => ask(ref, index, of)))),
    );
    expect(answers).toEqual(
      asked.map(({ ref, index }) =>
        isBroken(index)
          ? `caller ${index} GHL_NEEDS_REAUTHORIZATION ${placeOf(ref)}`
          : `caller ${index} ${placeOf(ref)}`,
      ),
    );
    expect(bench.ledger.since(mark).crossed()).toEqual([]);
    expect(bench.ledger.presentedTwice()).toEqual([]);
  });

  it('of trouble is logged and told under the right names: no line about one installation names another', async () => {
    const refs: { locationId: string }[] = [];
    for (let count = 0; count < 40; count += 1) refs.push(await bench.installed(instance));
    await bench.clock.advance(10_000);
    bench.simulator.setReconnect('removed');
    bench.simulator.invalidateAll();
    await bench.run(Promise.all(refs.map((ref) => instance.reconnects.recover(ref).catch(() => undefined))));
    await bench.run(instance.engine.teller.settled());
    const lines = instance.log.flatMap(({ fields }) => (typeof fields?.['key'] === 'string' ? [fields] : []));
    const stories = [
      ...lines.map((fields) => ({ of: String(fields['key']).split('/').at(-1), text: JSON.stringify(fields) })),
      ...instance.told.map((change) => ({ of: change.installation.locationId, text: JSON.stringify(change) })),
    ];
    expect(stories.length).toBeGreaterThan(80);
    for (const { of, text } of stories) {
      expect(refs.map(({ locationId }) => locationId).filter((id) => text.includes(id))).toEqual([of]);
    }
  });

  it('of unknown tenants neither delays nor evicts those that are served', async () => {
    const small = bench.instance({ options: { cache: { maxEntries: 50 } } });
    const ref = await bench.installed(small);
    const token = await bench.run(small.tokens.getAccessToken(ref));
    const strangers = Array.from({ length: 2_000 }, (_, index) => ({ locationId: `stranger-${index}` }));
    const flood = Promise.allSettled(strangers.map((stranger) => small.tokens.getAccessToken(stranger)));
    for (let call = 0; call < 20; call += 1) expect(await small.tokens.getAccessToken(ref)).toBe(token);
    const outcomes = await bench.run(flood);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(bench.ledger.entries.filter(({ place }) => place?.includes('stranger'))).toEqual([]);
    expect(await bench.store.find(small.engine.keeper.placeOf({ locationId: 'stranger-1' }).key)).toBeNull();
    expect(await small.tokens.getAccessToken(ref)).toBe(token);
  });
});
