import type { InstallationRef } from '../../../../lib/installation/installation-ref.js';
import { InMemoryRepository } from '../../../../lib/storage/in-memory.repository.js';
import type { Flow } from './explore.js';
import { World, type Member, type WorldOptions } from './world.js';

const DAY = 86_400_000;
const FOR_EVER = { times: Number.POSITIVE_INFINITY };

/** A world in which one process has made everything ready and has gone. */
const after =
  (options: WorldOptions, ready: (world: World, member: Member) => Promise<void>) => async (): Promise<World> => {
    const world = new World(options);
    const member = world.start();
    await ready(world, member);
    await world.clock.advance(2_000);
    member.process.kill();
    return world;
  };

const placeIn = ({ notes: { locationId, companyId } }: World): InstallationRef => ({
  locationId: locationId!,
  companyId,
});
const want = ({ instance }: Member, world: World): Promise<unknown> => instance.tokens.getAccessToken(placeIn(world));
const well = (world: World): readonly InstallationRef[] => [placeIn(world)];

/** One location, installed. */
const oneLocation = async ({ bench, notes }: World, { instance }: Member): Promise<void> => {
  Object.assign(notes, await bench.installed(instance));
};

/** The same, with its access token expired. */
const expired = async (world: World, member: Member): Promise<void> => {
  await oneLocation(world, member);
  await world.clock.advance(DAY);
};

/** A location that is installed in bulk, and has never had a token. */
const bulk = async ({ bench, notes }: World, { instance }: Member): Promise<void> => {
  const { companyId, locationIds } = await bench.bulkInstalled(instance);
  Object.assign(notes, { companyId, locationId: locationIds[0] });
};

/** A code that HighLevel has sent to the redirect URI. */
const code = async ({ bench, notes }: World): Promise<void> => {
  const { locationId, companyId } = bench.simulator.addLocation();
  Object.assign(notes, { locationId, companyId, code: bench.simulator.installLocation(locationId).code });
};

const exchange = ({ instance }: Member, { notes }: World): Promise<unknown> =>
  instance.tokens.exchangeCode(notes['code']!);

/** Whether HighLevel has made tokens of the code, and nothing of it is stored. */
const isExchangeLost = (world: World): boolean =>
  world.store.stored.size === 0 && world.bench.ledger.exchanges().some(({ outcome }) => outcome === 'issued');

/** From the moment of the next rotation on, the store fails. */
const failStoreAtTheCall = ({ bench, store, notes }: World): void => {
  const when = (): boolean => {
    if (notes['store'] === undefined) store.inner.fail('before', FOR_EVER);
    notes['store'] ??= 'has failed';
    return false;
  };
  bench.simulator.fault({ match: { path: '/oauth/token', when }, times: 'forever', do: 'lost' });
};

const mendStore = ({ store, notes }: World): void => {
  notes['store'] = 'is well again';
  store.inner.mend();
};

/** A pair in the emergency sink that its process could not store before it died. */
const leftBehind = async (world: World, member: Member): Promise<void> => {
  await expired(world, member);
  failStoreAtTheCall(world);
  await world.let(member, want(member, world));
  mendStore(world);
  member.process.kill();
  // The lease and the grace are over.
  await world.clock.advance(60_000);
};

/** Wants a token while the store does not take its successor, and the host stops the process soon after. */
const whileTheStoreFails = async (member: Member, world: World): Promise<void> => {
  failStoreAtTheCall(world);
  await want(member, world);
  await member.instance.engine.close();
};

export const REFRESH: Flow = { prepare: after({}, expired), act: want, well };

const companyOf = ({ notes: { companyId } }: World): InstallationRef => ({ companyId: companyId! });
const directory = { find: (ref: InstallationRef) => ('locationId' in ref ? {} : null) };
/** Of one company, so that a location has a way back by it. */
const ofCompany = {
  directory: { find: (ref: InstallationRef) => ('locationId' in ref ? { companyId: ref.companyId } : null) },
};

/** Tokens that another backend obtained, for this one to take over. */
async function obtainedElsewhere(world: World): Promise<void> {
  const { bench, notes } = world;
  const other = bench.instance({ repository: new InMemoryRepository() });
  Object.assign(notes, await bench.installed(other));
  const found = await other.engine.registry.find(other.engine.keeper.placeOf(placeIn(world)).key);
  Object.assign(notes, found?.installation.credential, {
    expiresAt: String(found?.installation.credential?.expiresAt),
  });
}

function importTokens({ instance }: Member, world: World): Promise<unknown> {
  const { accessToken, refreshToken, expiresAt } = world.notes;
  const tokens = { accessToken: accessToken!, refreshToken: refreshToken!, expiresAt: new Date(Number(expiresAt)) };
  return instance.tokens.importTokens(placeIn(world), tokens);
}

function uninstall({ instance }: Member, world: World): Promise<unknown> {
  return instance.tokens.markUninstalled(companyOf(world));
}

/** Three locations whose time for renewal has come; of the last one the host has not been told for certain. */
async function severalDue(world: World, { instance, process }: Member): Promise<void> {
  for (const name of ['first', 'second', 'third'])
    world.notes[name] = (await world.bench.installed(instance)).locationId;
  process.killAt((port) => port === 'listener', 'after');
  await world.clock.advance(23 * 3_600_000);
}

/** Every flow, by what happens in it. */
export const FLOWS: Readonly<Record<string, Flow>> = {
  'a refresh': REFRESH,
  'a refresh that another process waits for': {
    ...REFRESH,
    act: (member, world) => {
      const wanted = want(member, world);
      void want(world.start(), world).catch(() => undefined);
      return wanted;
    },
  },
  'a refresh whose first answer is lost': {
    ...REFRESH,
    act: (member, world) => {
      world.bench.simulator.fault({ match: { path: '/oauth/token' }, do: 'lost' });
      return want(member, world);
    },
  },
  'a renewal ahead of time, for which nobody waits': {
    ...REFRESH,
    prepare: after({}, async (world, member) => {
      await oneLocation(world, member);
      await world.clock.advance(DAY - 30 * 60_000);
    }),
    act: async (member, world) => {
      await want(member, world);
      await world.clock.sleep(10_000);
      await want(member, world);
    },
  },
  'a mint': { prepare: after(ofCompany, bulk), act: want, well },
  'a mint for which the company is refreshed': {
    prepare: after(ofCompany, async (world, member) => {
      await bulk(world, member);
      await world.clock.advance(DAY);
    }),
    act: want,
    well: (world) => [placeIn(world), companyOf(world)],
  },
  'a Reconnect after a refused refresh': {
    prepare: after({ hasReconnect: true }, async (world, member) => {
      await expired(world, member);
      world.bench.simulator.killRefreshToken(placeIn(world));
    }),
    act: want,
    well,
  },
  'a Reconnect of what only the directory knows': {
    prepare: after({ hasReconnect: true, directory }, code),
    act: want,
    well,
  },
  'a Reconnect on purpose': {
    prepare: after({ hasReconnect: true }, expired),
    act: ({ instance }, world) => instance.reconnects.reconnect(placeIn(world)),
    well,
  },
  'the exchange of a code': { prepare: after({}, code), act: exchange, again: exchange, well, mayLose: isExchangeLost },
  'the exchange of a code, of a place that the directory knows': {
    prepare: after({ hasReconnect: true, directory }, code),
    act: exchange,
    again: exchange,
    well,
  },
  'an import, by a script that runs again': {
    prepare: after({}, obtainedElsewhere),
    act: importTokens,
    again: importTokens,
    well,
  },
  'a sweep over several installations': {
    prepare: after({}, severalDue),
    act: ({ instance }) => instance.engine.sweeper.run(),
    well: ({ notes }) => ['first', 'second', 'third'].map((name) => ({ locationId: notes[name]! })),
  },
  'a shutdown during a refresh': {
    ...REFRESH,
    act: async (member, world) => {
      world.bench.simulator.fault({ match: { path: '/oauth/token' }, do: { delayMs: 3_000 } });
      void want(member, world).catch(() => undefined);
      await world.clock.sleep(1_000);
      await member.instance.engine.close();
    },
  },
  'a refresh and a shutdown while the store fails, with an emergency sink': {
    prepare: after({ hasSink: true }, expired),
    act: whileTheStoreFails,
    again: async (_, world) => mendStore(world),
    well,
  },
  'taking back what is in the emergency sink': { prepare: after({ hasSink: true }, leftBehind), act: want, well },
  'the uninstall of a company with its locations': {
    prepare: after(ofCompany, async (world, { instance }) => {
      const { companyId, locationIds } = await world.bench.bulkInstalled(instance, 2);
      Object.assign(world.notes, { companyId, first: locationIds[0], second: locationIds[1] });
      for (const locationId of locationIds)
        await world.bench.run(instance.tokens.getAccessToken({ companyId, locationId }));
    }),
    act: uninstall,
    again: uninstall,
    well: () => [],
    gone: (world) => [companyOf(world), ...['first', 'second'].map((name) => ({ locationId: world.notes[name]! }))],
  },
  'a recovery in vain': {
    prepare: after({}, async (world, member) => {
      await expired(world, member);
      world.bench.simulator.killRefreshToken(placeIn(world));
    }),
    act: want,
    well: () => [],
    dead: well,
  },
};
