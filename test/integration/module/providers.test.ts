import { Inject, Injectable, Module } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InMemoryRepository,
  TokenService,
  type GhlAuthListener,
  type GhlAuthRecord,
  type InstallationChange,
  type InstallationDirectory,
  type ProviderOf,
} from '../../../lib/index.js';
import { Backend } from './support/backend.js';

let backend: Backend;
/** What happened to the host's providers, in order. */
let events: string[];
beforeEach(() => {
  backend = new Backend();
  events = [];
});
afterEach(() => backend.stop());

@Injectable()
class Database {
  readonly name = 'database';
}

/** A host's repository: with a dependency, and hooks that open and close its connection. */
@Injectable()
class HostRepository extends InMemoryRepository {
  private isOpen = false;

  constructor(readonly database: Database) {
    super();
  }

  onModuleInit(): void {
    this.isOpen = true;
    events.push('opened');
  }

  onModuleDestroy(): void {
    this.isOpen = false;
    events.push('closed');
  }

  override async save(record: GhlAuthRecord, expectedVersion: number | null): Promise<boolean> {
    if (!this.isOpen) throw new Error('the pool has ended');
    if (record.kind === 'installation') events.push(`saved ${record.state}`);
    return super.save(record, expectedVersion);
  }
}
Inject(Database)(HostRepository, undefined, 0);

@Injectable()
class HostDirectory implements InstallationDirectory {
  find(): { companyId?: string } {
    events.push('asked the directory');
    return {};
  }
}

@Injectable()
class HostListener implements GhlAuthListener {
  async onInstallationChange({ to }: InstallationChange): Promise<void> {
    events.push(`told of ${to}`);
  }
}

@Module({
  providers: [Database, HostRepository, HostDirectory, HostListener],
  exports: [Database, HostRepository, HostDirectory, HostListener],
})
class HostModule {}

@Module({ providers: [Database], exports: [Database] })
class DatabaseModule {}

interface Form {
  readonly imports: (typeof HostModule)[];
  readonly repository: ProviderOf<HostRepository>;
  readonly directory: ProviderOf<HostDirectory>;
  readonly listener: ProviderOf<HostListener>;
}

const FORMS: Record<string, () => Form> = {
  useExisting: () => ({
    imports: [HostModule],
    repository: { useExisting: HostRepository },
    directory: { useExisting: HostDirectory },
    listener: { useExisting: HostListener },
  }),
  useClass: () => ({
    imports: [DatabaseModule],
    repository: { useClass: HostRepository },
    directory: { useClass: HostDirectory },
    listener: { useClass: HostListener },
  }),
  useValue: () => ({
    imports: [],
    repository: { useValue: new HostRepository(new Database()) },
    directory: { useValue: new HostDirectory() },
    listener: { useValue: new HostListener() },
  }),
  useFactory: () => ({
    imports: [DatabaseModule],
    repository: { inject: [Database], useFactory: async (database: Database) => new HostRepository(database) },
    directory: { useFactory: () => new HostDirectory() },
    listener: { useFactory: async () => new HostListener() },
  }),
};

describe.each(Object.keys(FORMS))('providers with %s', (form) => {
  const given = (): Form => (FORMS[form] as () => Form)();

  it.each(['forRoot', 'forRootAsync'] as const)('are used by %s; their hooks run once each', async (way) => {
    const registered =
      way === 'forRoot' ? backend.forRoot({ ...backend.options, ...given() }) : backend.forRootAsync({ ...given() });
    const module = await backend.start(registered);
    const { locationId } = await backend.install(module);
    const known = backend.simulator.addLocation();
    backend.simulator.installLocation(known.locationId);
    await backend.run(module.get(TokenService).getAccessToken({ locationId: known.locationId }));
    await backend.run(module.get(TokenService).getAccessToken({ locationId }));
    await backend.stop();
    const count = (event: string): number => events.filter((one) => one === event).length;
    expect(events[0]).toBe('opened');
    expect(events.at(-1)).toBe('closed');
    expect(count('opened')).toBe(1);
    expect(count('closed')).toBe(1);
    expect(count('asked the directory')).toBe(1);
    expect(count('told of active')).toBe(2);
    expect(count('saved active')).toBeGreaterThanOrEqual(2);
  });

  it.each([false, true])(
    'are closed after the rotation that is under way at shutdown has been stored (isGlobal: %p)',
    async (isGlobal) => {
      const module = await backend.start(backend.forRoot({ ...backend.options, ...given(), isGlobal }));
      const ref = await backend.install(module);
      await backend.simulator.clock.advance(86_400_000);
      backend.simulator.fault({ match: { path: '/oauth/token' }, do: { delayMs: 3_000 } });
      events.length = 0;
      const waiting = module.get(TokenService, { strict: false }).getAccessToken(ref);
      const closing = backend.stop();
      const token = await waiting;
      await closing;
      expect(backend.simulator.describeToken(token)).toMatchObject({ kind: 'access' });
      expect(backend.simulator.ledger.rotations(ref)).toHaveLength(1);
      expect(events.at(-1)).toBe('closed');
      expect(events).toContain('saved active');
    },
  );
});

it('a repository without a database to inject is complained about by Nest, with its name', async () => {
  const registered = backend.forRoot({ ...backend.options, repository: { useClass: HostRepository } });
  await expect(backend.start(registered)).rejects.toThrow(/Database/);
});
