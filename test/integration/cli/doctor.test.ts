import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { GhlAuthRecord, GhlAuthRepository } from '../../../lib/index.js';
import { Desk, type Ran } from './support/desk.js';

/** The findings about one thing. */
const about = ({ json }: Ran, check: string) => json().filter((finding) => finding['check'] === check);

describe('ghl-auth doctor', () => {
  let desk: Desk;
  beforeEach(async () => void (desk = await Desk.set()));
  afterEach(() => desk.clear());

  const doctor = () => desk.run('doctor --json');

  it('finds nothing wrong with a backend that is well, and says so with 0', async () => {
    desk.host = {
      sealing: { keys: [{ id: 'k1', key: randomBytes(32) }], required: true },
      directory: { useValue: { find: () => Promise.resolve(null) } },
    };
    await desk.location();
    const ran = await doctor();
    const levels = ran.json().map(({ check, level }) => `${String(check)} ${String(level)}`);
    expect(ran.code).toBe(0);
    expect(levels).toEqual([
      'configuration ok',
      'api ok',
      'mode ok',
      'directory ok',
      'sealing ok',
      'store ok',
      'highlevel ok',
      // There is no Date header without a server.
      'clock warn',
      'key pair ok',
      'reconnect ok',
      'key pair ok',
      'reconnect ok',
      'pauses ok',
      'installations ok',
      'scopes ok',
    ]);
  });

  it('touches no installation: Reconnect is asked for a place that cannot exist, the code is made up', async () => {
    const locationId = await desk.location();
    const { key } = desk.backend.keeper.placeOf({ locationId });
    const before = await desk.repository.find(key);
    const mark = desk.simulator.ledger.mark();
    await doctor();
    const { entries } = desk.simulator.ledger.since(mark);
    expect(entries.map(({ path }) => path)).toEqual([
      '/',
      ...desk.app.clients.flatMap(() => ['/oauth/token', '/oauth/reconnect']),
    ]);
    expect(entries.flatMap(({ issued }) => issued)).toEqual([]);
    expect(entries.map(({ place }) => place)).not.toContain(`location/${locationId}`);
    expect(await desk.repository.find(key)).toEqual(before);
    const left = await desk.repository.list({ kind: 'doctor', limit: 10 });
    expect(left).toEqual([]);
    expect(await desk.run(`verify ${locationId}`)).toMatchObject({ code: 0 });
  });

  it.each([
    ['available', 'ok', 'available to'],
    ['removed', 'warn', 'removed for'],
    ['notFound', 'warn', 'unknown for'],
  ] as const)('tells Reconnect that is %s', async (mode, level, text) => {
    desk.simulator.setReconnect(mode);
    const ran = await doctor();
    expect(ran.code).toBe(0);
    for (const finding of about(ran, 'reconnect'))
      expect(finding).toMatchObject({ level, text: expect.stringContaining(text) });
  });

  it.each([
    ['does not answer', 'hang'],
    ['answers 503', { status: 503 }],
  ] as const)('knows nothing of Reconnect and the pairs while HighLevel %s', async (_, action) => {
    desk.host = { timeouts: { highLevelMs: 100 } };
    desk.simulator.outage(action);
    const ran = await doctor();
    expect(about(ran, 'highlevel')).toMatchObject([{ level: action === 'hang' ? 'fail' : 'warn' }]);
    for (const finding of [...about(ran, 'key pair'), ...about(ran, 'reconnect')])
      expect(finding).toMatchObject({ level: 'warn', text: expect.stringMatching(/cannot be told|unknown for/) });
  });

  it('fails for a secret that HighLevel refuses', async () => {
    const [first, second] = desk.app.clients;
    desk.host = { clients: [{ ...first!, clientSecret: 'wrong' }, second!] };
    const ran = await doctor();
    expect(ran.code).toBe(1);
    expect(about(ran, 'key pair').map(({ level }) => level)).toEqual(['fail', 'ok']);
  });

  it.each([
    [180, 'fail', '3 min ahead of'],
    [-30, 'warn', '30 s behind'],
    [0, 'ok', 'agrees'],
  ] as const)('compares the clock with HighLevel: %s s ahead', async (seconds, level, text) => {
    const send = () =>
      Promise.resolve({
        status: 404,
        headers: { date: new Date(desk.clock.now() - seconds * 1_000).toUTCString() },
        body: '',
      });
    desk.host = { transport: { useValue: { send } } };
    expect(about(await doctor(), 'clock')).toMatchObject([{ level, text: expect.stringContaining(text) }]);
  });

  it('warns of what holds recovery back: the mode, a pause, a rung that is off, no sealing, what has ended', async () => {
    await desk.endedLocation();
    await desk.run(['pause', '--reason', 'incident']);
    desk.host = { mode: 'observe', reconnect: { enabled: false } };
    const ran = await doctor();
    expect(ran.code).toBe(0);
    for (const check of ['mode', 'pauses', 'reconnect', 'sealing', 'directory', 'installations'])
      expect(about(ran, check)).toMatchObject([{ level: 'warn', help: expect.any(String) }]);
    expect(about(ran, 'pauses')).toMatchObject([{ text: expect.stringContaining('incident') }]);
  });

  it('counts the scopes that were not granted', async () => {
    await desk.location();
    desk.host = { scopes: [...desk.app.scopes, 'opportunities.readonly'] };
    expect(about(await doctor(), 'scopes')).toMatchObject([
      { level: 'warn', text: 'opportunities.readonly was not granted in 1 of 1' },
    ]);
  });

  it('fails for records that cannot be read, as without their key', async () => {
    const locationId = await desk.location();
    const record = await desk.repository.find(desk.backend.keeper.placeOf({ locationId }).key);
    await desk.repository.save({ ...record!, body: 'nonsense', version: 5 }, record!.version);
    const ran = await doctor();
    expect(ran.code).toBe(1);
    expect(about(ran, 'records')).toMatchObject([{ level: 'fail', text: '1 cannot be read' }]);
  });

  describe('holds the store to its contract in short, and fails for one that', () => {
    type Broken = (real: GhlAuthRepository) => Partial<GhlAuthRepository>;
    const cases: readonly (readonly [string, Broken])[] = [
      [
        'inserts a key twice',
        (real) => ({ save: async (record, version) => (await real.save(record, version)) || version === null }),
      ],
      [
        'reports a conflict as success',
        (real) => ({ save: async (...given) => (await real.save(...given)) || given[1] !== null }),
      ],
      ['reads from before', () => ({ find: async () => null })],
      ['loses the due date', (real) => ({ find: async (key) => without(await real.find(key)) })],
      ['does not list', () => ({ list: async () => [] })],
      [
        'removes whatever version',
        (real) => ({ remove: async (key) => real.remove(key, (await real.find(key))?.version ?? 0) }),
      ],
      ['removes nothing', () => ({ remove: async () => true })],
      ['hangs', () => ({ save: () => new Promise<boolean>(() => undefined) })],
      ['throws', () => ({ save: () => Promise.reject(new Error('relation "ghl_auth_records" does not exist')) })],
    ];
    const without = (record: GhlAuthRecord | null) => record && { ...record, due: null };

    it.each(cases)('%s', async (_, broken) => {
      const real = desk.repository;
      const whole: GhlAuthRepository = {
        find: (key) => real.find(key),
        save: (...given) => real.save(...given),
        list: (query) => real.list(query),
        remove: (...given) => real.remove(...given),
      };
      desk.host = { repository: { useValue: { ...whole, ...broken(whole) } }, timeouts: { storeMs: 50 } };
      const ran = await doctor();
      expect(ran.code).toBe(1);
      expect(about(ran, 'store')).toMatchObject([{ level: 'fail', help: expect.any(String) }]);
    });

    it('a store that cannot even be listed is no end of the other checks', async () => {
      const fail = () => Promise.reject(new Error('down'));
      desk.host = { repository: { useValue: { find: fail, save: fail, list: fail, remove: fail } } };
      const ran = await doctor();
      const failed = ran.json().filter(({ level }) => level === 'fail');
      expect(failed.map(({ check }) => check)).toEqual(['store', 'pauses', 'installations']);
      expect(about(ran, 'key pair')).toHaveLength(2);
    });
  });

  it('is a table on a terminal', async () => {
    const { out } = await desk.run('doctor', { isTerminal: true });
    expect(out).toMatch(/WHAT +HOW IT IS\nok +configuration +app [0-9a-f]{24}/);
  });
});
