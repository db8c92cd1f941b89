import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { isGhlAuthError } from '../../../lib/errors/ghl-auth-error.js';
import { FaultyRepository, type StoreFault } from '../../support/faulty-repository.js';
import { Workbench, type Instance } from '../../support/workbench.js';

const DAY = 86_400_000;

/** Everything that can be read of a value: as logs, error reporters and debuggers do. */
const readable = (value: unknown): string => {
  const shown = inspect(value, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null });
  const own = value instanceof Error ? [value.stack, readable({ ...value, cause: value.cause })] : [];
  return [shown, JSON.stringify(value), ...own].join('\n');
};

const leaks = (bench: Workbench, values: readonly unknown[]): string[] => {
  const text = values.map(readable).join('\n');
  return bench.simulator.secrets().filter((secret) => text.includes(secret));
};

const quoting = (record: unknown): Error =>
  Object.assign(new Error(`duplicate key, parameters: ${JSON.stringify(record)}`), {
    query: { text: 'insert', values: [record] },
    detail: JSON.stringify(record),
    cause: new Error(JSON.stringify(record)),
  });

/** A day in the life of an installation, with everything going wrong; what came of it. */
const live = async (fault: StoreFault | null) => {
  const bench = new Workbench();
  const store = new FaultyRepository(bench.store);
  const changes: unknown[] = [];
  const instance = bench.instance({ repository: store });
  instance.tokens.changes$.subscribe((change) => changes.push(change));
  const errors: unknown[] = [];
  const attempt = async (work: (from: Instance) => Promise<unknown>): Promise<void> =>
    bench.run(work(instance)).then(
      () => undefined,
      (error: unknown) => void errors.push(error),
    );
  const ref = await bench.installed(instance);
  for (const trouble of [
    'notJson',
    'html',
    'errorInside',
    'withoutAccessToken',
    'wrongTypes',
    'lost',
    'hang',
  ] as const) {
    await bench.clock.advance(DAY);
    bench.simulator.fault({ match: { path: 'oauth' }, times: 2, do: trouble });
    if (fault !== null) store.fail(fault, { on: 'save', after: 1, times: 3, error: quoting });
    await attempt(({ tokens }) => tokens.getAccessToken(ref));
    await bench.clock.advance(60_000);
    store.mend();
  }
  await attempt(({ tokens }) => tokens.exchangeCode('0123456789abcdef0123456789abcdef01234567'));
  bench.simulator.setReconnect('removed');
  bench.simulator.invalidateAll();
  await attempt(({ reconnects }) => reconnects.recover(ref));
  await attempt(({ reconnects }) => reconnects.reconnect(ref));
  await attempt(({ tokens }) => tokens.status(ref).then((status) => void changes.push(status)));
  return { bench, instance, errors, seen: [...errors, ...instance.log, ...instance.told, ...changes] };
};

describe('no secret leaves', () => {
  it.each<StoreFault | null>([null, 'before', 'after', 'hang'])(
    'through a log, an error, a change or a status (store fault: %s)',
    async (fault) => {
      const { bench, errors, seen } = await live(fault);
      expect(errors.length).toBeGreaterThanOrEqual(4);
      expect(errors.every((error) => isGhlAuthError(error))).toBe(true);
      expect(bench.simulator.secrets().length).toBeGreaterThan(10);
      expect(leaks(bench, seen)).toEqual([]);
    },
  );

  it('through an error of the repository that contains the whole body', async () => {
    const bench = new Workbench();
    const store = new FaultyRepository(bench.store);
    const instance = bench.instance({ repository: store });
    const ref = await bench.installed(instance);
    await bench.clock.advance(DAY);
    store.fail('before', { on: 'save', error: quoting });
    const error: unknown = await bench.run(instance.tokens.getAccessToken(ref)).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: 'GHL_STORE_FAILED', message: expect.stringContaining('save()') });
    expect(leaks(bench, [error])).toEqual([]);
  });

  it('through an error of the directory or the listener', async () => {
    const bench = new Workbench();
    const holder: { secret: string } = { secret: '' };
    const instance = bench.instance({
      listener: { onInstallationChange: () => Promise.reject(new Error(`cannot mail ${holder.secret}`)) },
      directory: { find: () => Promise.reject(quoting({ body: holder.secret })) },
    });
    const ref = await bench.installed(instance);
    holder.secret = await bench.run(instance.tokens.getAccessToken(ref));
    const { locationId } = bench.simulator.addLocation();
    const error: unknown = await bench
      .run(instance.tokens.getAccessToken({ locationId }))
      .catch((failure: unknown) => failure);
    await bench.run(instance.tokens.markUninstalled(ref));
    await instance.engine.teller.settled();
    await bench.clock.advance(10_000);
    expect(error).toMatchObject({ code: 'GHL_STORE_FAILED', message: expect.stringContaining('directory') });
    expect(instance.log.some(({ level }) => level === 'error')).toBe(true);
    expect(leaks(bench, [error, ...instance.log])).toEqual([]);
  });

  it('with what callers get besides the access token: never the refresh token', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const ref = await bench.installed(instance);
    const credential = await bench.run(instance.tokens.getCredential(ref));
    const { credential: reconnected } = await bench.run(instance.reconnects.reconnect(ref));
    const summary = await bench.run(instance.tokens.exchangeCode(bench.simulator.authorizeAgain(ref).code));
    const allowed = new Set([credential.token, reconnected.token]);
    expect(leaks(bench, [credential, reconnected, summary]).filter((secret) => !allowed.has(secret))).toEqual([]);
  });
});
