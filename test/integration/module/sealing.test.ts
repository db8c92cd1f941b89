import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  GhlAuthModule,
  InjectSealingService,
  InMemoryRepository,
  SealingService,
  type GhlAuthModuleOptions,
  type GhlAuthRepository,
  type SealingKey,
  type SealingKeyProvider,
} from '../../../lib/index.js';
import { makeKey } from '../../support/sealing.js';
import { Backend, withEnvironment } from './support/backend.js';

const K1 = makeKey('k1');

/** A database, as the module sees it: whatever it is, it is not memory. */
class Database implements GhlAuthRepository {
  readonly rows = new InMemoryRepository();
  find: GhlAuthRepository['find'] = (key) => this.rows.find(key);
  save: GhlAuthRepository['save'] = (record, version) => this.rows.save(record, version);
  list: GhlAuthRepository['list'] = (query) => this.rows.list(query);
  remove: GhlAuthRepository['remove'] = (key, version) => this.rows.remove(key, version);

  /** The bodies of all installations. */
  async bodies(): Promise<string[]> {
    return (await this.rows.list({ kind: 'installation', limit: 100 })).map(({ body }) => body);
  }
}

let backend: Backend;
let database: Database;
let warnings: string[];
beforeEach(() => {
  backend = new Backend();
  database = new Database();
  warnings = [];
});
afterEach(() => backend.stop());

const module = (given: Partial<GhlAuthModuleOptions> = {}) =>
  backend.forRoot({ ...backend.options, repository: { useValue: database }, job: { enabled: false }, ...given });

/** Starts an application whose warnings are kept. */
const start = async (given: Partial<GhlAuthModuleOptions> = {}): Promise<TestingModule> => {
  const keep = (message: unknown): void => void warnings.push(String(message));
  const silent = { log: () => undefined, error: keep, warn: keep };
  const application = await Test.createTestingModule({ imports: [module(given)] })
    .setLogger(silent)
    .compile();
  return application.init();
};

describe('an application', () => {
  it('without a sealing key runs, and says once that tokens are stored unsealed', async () => {
    const application = await start();
    await backend.install(application);
    await backend.install(application);
    expect(warnings).toEqual([expect.stringMatching(/^Tokens are stored unsealed.*GHL_AUTH_SEALING_KEYS/)]);
    expect((await database.bodies())[0]).toMatch(/^plain\.1:/);
    await application.close();
  });

  it('with one from the environment seals what it stores, and says nothing', async () => {
    await withEnvironment({ GHL_AUTH_SEALING_KEYS: `${K1.id}:${K1.key}` }, async () => {
      const application = await start();
      await backend.install(application);
      const [body] = await database.bodies();
      expect(body).toMatch(/^sealed\.1:k1:/);
      for (const secret of backend.simulator.secrets()) expect(body).not.toContain(secret);
      expect(warnings).toEqual([]);
      await application.close();
    });
  });

  it('whose keys only open says that it stores tokens unsealed', async () => {
    const application = await start({ sealing: { keys: [K1], enabled: false } });
    expect(warnings).toEqual([expect.stringMatching(/sealing\.enabled is false/)]);
    await application.close();
  });

  it('says nothing of that where nothing is at rest', async () => {
    const application = await start({ repository: { useClass: InMemoryRepository } });
    expect(warnings).toEqual([]);
    await application.close();
  });

  it('does not start without a key where one is required', async () => {
    expect(await backend.problemsAtStart(module({ sealing: { required: true } }))).toEqual([
      expect.stringMatching(/^option sealing\.required is true, but there is no sealing key/),
    ]);
    await withEnvironment({ GHL_AUTH_SEALING_REQUIRED: 'true' }, async () => {
      expect(await backend.problemsAtStart(module())).toEqual([
        expect.stringMatching(/^environment variable GHL_AUTH_SEALING_REQUIRED is true, but there is no sealing key/),
      ]);
    });
    expect(await backend.problemsAtStart(module({ sealing: { required: true, keys: [K1] } }))).toEqual([]);
  });

  it('does not start with a key that is none', async () => {
    await withEnvironment({ GHL_AUTH_SEALING_KEYS: `k1:${K1.key.slice(4)}` }, async () => {
      expect(await backend.problemsAtStart(module())).toEqual([
        'environment variable GHL_AUTH_SEALING_KEYS: key 1 must be 32 bytes, in base64 as by: openssl rand -base64 32',
      ]);
    });
  });
});

describe("a host's own key provider", () => {
  @Injectable()
  class Kms implements SealingKeyProvider {
    current(): SealingKey {
      return K1;
    }
    find(id: string): SealingKey | null {
      return id === K1.id ? K1 : null;
    }
  }

  @Module({ providers: [Kms], exports: [Kms] })
  class KmsModule {}

  it('is a provider like any other, and satisfies what is required', async () => {
    const sealingKeys = { useExisting: Kms };
    const application = await start({ sealingKeys, imports: [KmsModule], sealing: { required: true } });
    await backend.install(application);
    expect((await database.bodies())[0]).toMatch(/^sealed\.1:k1:/);
    expect(warnings).toEqual([]);
    await application.close();
  });

  it.each([
    [
      { useValue: {} },
      [
        'the sealingKeys has no method current(): implement SealingKeyProvider',
        'the sealingKeys has no method find(): implement SealingKeyProvider',
      ],
    ],
    [new Kms(), ['option sealingKeys is an instance: pass it as sealingKeys: { useValue: … }']],
    [
      { useValue: { current: () => ({ id: 'k1', key: 'short' }), find: () => null } },
      [
        'provider sealingKeys: The key provider failed at current(): it answered no { id, key } with a well-formed id and 32 bytes',
      ],
    ],
  ])('that is wrong keeps the application from starting (%#)', async (sealingKeys, problems) => {
    expect(await backend.problemsAtStart(module({ sealingKeys: sealingKeys as never }))).toEqual(problems);
  });
});

describe('SealingService', () => {
  it('is injected by its class, and seals what was stored before', async () => {
    const before = await start();
    await backend.install(before);
    await before.close();
    const application = await start({ sealing: { keys: [K1] } });
    expect(await application.get(SealingService).reseal()).toMatchObject({ looked: 1, resealed: 1, complete: true });
    expect((await database.bodies())[0]).toMatch(/^sealed\.1:k1:/);
    await application.close();
  });

  it('is injected by name', async () => {
    @Injectable()
    class Maintenance {
      constructor(@InjectSealingService('billing') readonly sealing: SealingService) {}
    }
    const application = await backend.start(
      GhlAuthModule.forRoot({ ...backend.structure, ...backend.options, name: 'billing', isGlobal: true }),
      { module: class Host {}, providers: [Maintenance] },
    );
    expect(await application.get(Maintenance, { strict: false }).sealing.reseal()).toMatchObject({ looked: 0 });
  });
});
