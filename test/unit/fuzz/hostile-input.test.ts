import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { surveyEnvironment } from '../../../lib/config/environment.js';
import { resolveSettings } from '../../../lib/config/resolve-settings.js';
import { VARIABLES } from '../../../lib/config/variables.js';
import type { InstallationRef } from '../../../lib/installation/installation-ref.js';
import type { GhlAuthRecord } from '../../../lib/storage/ghl-auth.repository.js';
import { canary } from '../../support/canary/canary.js';
import { FaultySink } from '../../support/faulty-sink.js';
import { makeKey } from '../../support/sealing.js';
import { Workbench, type Instance } from '../../support/workbench.js';
import { left } from '../emergency/support/scene.js';
import { holds, hostile, LIMIT_MS, mangling, outcomeOf } from './support/fuzz.js';

/**
 * Everything that comes from outside, nearly right: no crash, no hang, nothing that objects inherit is changed, nothing forged is believed.
 * That no error shows a secret is what the canary looks for meanwhile.
 */
const PER_BENCH = 100;

let bench: Workbench;
let instance: Instance;
let used = 0;
const fresh = (): void => {
  bench = new Workbench();
  instance = bench.instance();
  used = 0;
};
const oneMore = (): void => void ((used += 1) > PER_BENCH && fresh());
beforeEach(fresh);

const unguessable = (): string => {
  const secret = makeKey('x').key.repeat(4);
  canary.keepSecret(secret);
  return secret;
};

describe('what HighLevel answers', () => {
  const status = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(200, 201) },
    fc.constantFrom(400, 401, 403, 404, 422, 429, 500),
  );
  const headers = fc.dictionary(
    fc.constantFrom('retry-after', 'date', 'content-type'),
    fc.stringMatching(/^[ -~]{0,20}$/),
    { maxKeys: 2 },
  );
  const answers = fc.record({ mangle: mangling, status, headers });

  const tokens = (ref: { readonly locationId: string; readonly companyId: string }): string =>
    JSON.stringify({
      ...{ access_token: unguessable(), refresh_token: unguessable(), token_type: 'Bearer', expires_in: 86_399 },
      ...{ scope: bench.app.scopes.join(' '), userType: 'Location', userId: 'u'.repeat(20), ...ref, traceId: 't' },
    });
  const code = (ref: object): string =>
    JSON.stringify({ authorizationCode: unguessable(), expiresAt: '2030-01-01T00:00:00.000Z', ...ref });

  const CALLS: readonly (readonly [string, string, typeof tokens, (ref: InstallationRef) => Promise<unknown>])[] = [
    ['a refresh', '/oauth/token', tokens, (ref) => instance.tokens.refresh(ref)],
    ['the exchange of a code', '/oauth/token', tokens, () => instance.tokens.exchangeCode('a'.repeat(40))],
    [
      'a mint',
      '/oauth/locationToken',
      tokens,
      (ref) => instance.tokens.mintLocationToken(ref as { companyId: string; locationId: string }),
    ],
    ['a reconnect', '/oauth/reconnect', code, (ref) => instance.reconnects.reconnect(ref)],
  ];

  it.each(CALLS)(
    'to %s: gives the installation tokens of its own, or a typed error',
    async (_, path, right, call) => {
      await holds(answers, async ({ mangle, ...answer }) => {
        oneMore();
        const ref = await bench.installed(instance);
        await bench.clock.advance(60_000);
        const size = bench.store.size;
        const body = mangle(right(ref));
        const outage = bench.simulator.outage({ ...answer, body }, { path });
        await outcomeOf(bench.run(call(ref)));
        outage.end();
        // A company or location of another name can come from nowhere but a code, whose answer says whose it is.
        if (!path.endsWith('token') && !path.endsWith('Token')) expect(bench.store.size).toBeLessThanOrEqual(size + 1);
        const { installation } = await bench.run(instance.tokens.status(ref));
        expect(installation.locationId).toBe(ref.locationId);
      });
    },
    LIMIT_MS,
  );
});

describe('what the store holds', () => {
  const field = fc.constantFrom('kind', 'key', 'group', 'due', 'version', 'format', 'body', 'state', 'locationId');

  it(
    'unsealed: a body that is nearly right is read or refused',
    async () => {
      await holds(mangling, async (mangle) => {
        oneMore();
        const ref = await bench.installed(instance);
        const { key } = instance.engine.keeper.placeOf(ref);
        const record = (await bench.store.find(key)) as GhlAuthRecord;
        const body = `plain.1:${mangle(record.body.replace('plain.1:', ''))}`;
        await bench.store.save({ ...record, body, version: record.version + 1 }, record.version);
        const reader = bench.instance();
        await outcomeOf(bench.run(reader.tokens.status(ref)));
        await outcomeOf(bench.run(reader.tokens.getAccessToken(ref)));
        await outcomeOf(bench.run(reader.engine.sweeper.run()));
        await bench.store.remove(key, (await bench.store.find(key))?.version ?? 0);
      });
    },
    LIMIT_MS,
  );

  it(
    'sealed: nothing but what was sealed is ever served',
    async () => {
      const options = { sealing: { keys: [makeKey('k1')], acceptUnsealed: false } };
      await holds(fc.tuple(mangling, field, hostile, fc.boolean()), async ([mangle, name, value, isBody]) => {
        oneMore();
        const sealing = bench.instance({ options });
        const [ref, other] = [await bench.installed(sealing), await bench.installed(sealing)];
        const token = await bench.run(sealing.tokens.getAccessToken(ref));
        const { key } = sealing.engine.keeper.placeOf(ref);
        const record = (await bench.store.find(key)) as GhlAuthRecord;
        const another = (await bench.store.find(sealing.engine.keeper.placeOf(other).key)) as GhlAuthRecord;
        const forged = mangle(JSON.stringify(record.body.split(':')));
        const body = isBody ? forged.replace(/^\["|"\]$/g, '').replaceAll('","', ':') : another.body;
        const repository = {
          ...plainly(bench.store),
          find: async (of: string) => (of === key ? { ...record, body, [name]: value } : null),
        };
        const reader = bench.instance({ options, repository: repository });
        bench.simulator.setReconnect('removed');
        const outcome = await outcomeOf(bench.run(reader.tokens.getAccessToken(ref)));
        if ('value' in outcome) expect(outcome.value).toBe(token);
      });
    },
    LIMIT_MS,
  );
});

const plainly = (store: Workbench['store']) => ({
  save: async () => false,
  list: store.list.bind(store),
  remove: async () => false,
});

it(
  'what the emergency sink holds: an entry that is nearly right brings nobody a token',
  async () => {
    const options = { sealing: { keys: [makeKey('k1')], acceptUnsealed: false } };
    const scene = await left({ options });
    const [[key, entry] = ['', '']] = scene.sink.entries;
    await holds(mangling, async (mangle) => {
      const sink = new FaultySink();
      const text = mangle(entry);
      sink.entries.set(key, text);
      sink.entries.set(`${key.slice(0, -1)}0`, 'null');
      const heir = scene.bench.instance({ options, emergencySink: sink, repository: scene.store, listener: null });
      await scene.bench.run(heir.engine.prepare());
      await scene.bench.clock.advance(1_000);
      const outcome = await outcomeOf(scene.bench.run(heir.tokens.status(scene.ref)));
      expect(outcome).toMatchObject({ value: { installation: scene.ref } });
      await scene.bench.run(heir.engine.close());
    });
  },
  LIMIT_MS,
);

it(
  'ids: whoever comes with whatever is told so by code, and costs no call',
  async () => {
    const id = fc.oneof(hostile, fc.stringMatching(/^[A-Za-z0-9_-]{1,70}$/));
    const refs = fc.oneof(fc.record({ locationId: id, companyId: id }, { requiredKeys: [] }), hostile);
    const mark = bench.ledger.mark();
    await holds(refs, async (given) => {
      const ref = given as InstallationRef;
      for (const call of [
        async () => instance.tokens.getAccessToken(ref),
        async () => instance.tokens.status(ref),
        async () => instance.reconnects.recover(ref, { rejected: given as string }),
        async () => instance.tokens.mintLocationToken(ref as never),
        async () => instance.tokens.importTokens(ref, given as never),
      ])
        expect(await outcomeOf<unknown>(bench.run<unknown>(call()))).toMatchObject({
          code: expect.stringMatching(/^GHL_/),
        });
    });
    expect(bench.ledger.since(mark).entries).toEqual([]);
    expect(bench.store.size).toBe(0);
  },
  LIMIT_MS,
);

it(
  'the environment: settings, or one error that names what is wrong',
  async () => {
    const secret = unguessable();
    const right: Record<string, string> = {
      ...{ GHL_CLIENT_ID: `${'a'.repeat(24)}-abcdefgh`, GHL_CLIENT_SECRET: secret, GHL_SCOPES: 'contacts.readonly' },
      ...{ GHL_REDIRECT_URI: 'https://backend.example.com/callback', GHL_AUTH_SEALING_KEYS: `k1:${makeKey('k1').key}` },
    };
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('true', '0', '-1', '1e9', secret, '__proto__:x'),
    );
    const names = fc.constantFrom(...VARIABLES.map(({ name }) => name), '__proto__', 'constructor');
    await holds(fc.array(fc.tuple(names, value), { minLength: 1, maxLength: 4 }), async (changes) => {
      const variables: Record<string, string> = { ...right };
      for (const [name, given] of changes) if (name !== 'GHL_AUTH_SEALING_KEYS_FILE') variables[name] = given;
      const outcome = await outcomeOf(
        (async () => {
          const { options, ...rest } = await surveyEnvironment(variables);
          return resolveSettings({}, options, { ...rest, hasKeyProvider: false });
        })(),
      );
      if ('code' in outcome) expect(outcome.code).toBe('GHL_CONFIG_INVALID');
    });
  },
  LIMIT_MS,
);
