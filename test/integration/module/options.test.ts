import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Inject, Injectable, Module } from '@nestjs/common';
import { ConfigModule, type ConfigType } from '@nestjs/config';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ghlAuthConfig } from '../../../lib/config.js';
import {
  GhlAuthModule,
  GhlHttpService,
  ReconnectService,
  TokenService,
  type GhlAuthOptions,
  type GhlAuthOptionsFactory,
} from '../../../lib/index.js';
import { Backend, withEnvironment } from './support/backend.js';

let backend: Backend;
beforeEach(() => {
  backend = new Backend();
});
afterEach(() => backend.stop());

const linkOf = (module: Awaited<ReturnType<Backend['start']>>): URL =>
  new URL(module.get(TokenService, { strict: false }).authorizationUrl());

describe('an application', () => {
  it('starts with options alone, and serves tokens', async () => {
    const module = await backend.start(backend.forRoot(backend.options));
    const ref = await backend.install(module);
    const token = await backend.run(module.get(TokenService).getAccessToken(ref));
    expect(backend.simulator.describeToken(token)).toMatchObject({ kind: 'access' });
    expect(module.get(ReconnectService)).toBeInstanceOf(ReconnectService);
    expect(module.get(GhlHttpService).axiosRef.defaults.baseURL).toBe('https://services.leadconnectorhq.com');
  });

  it('starts with the environment alone', async () => {
    await withEnvironment(backend.environment, async () => {
      const module = await backend.start(backend.forRoot());
      const ref = await backend.install(module);
      expect(await backend.run(module.get(TokenService).status(ref))).toMatchObject({ state: 'active' });
    });
  });

  it('takes an option before the environment, and that before a default', async () => {
    await withEnvironment({ ...backend.environment, GHL_MARKETPLACE_URL: 'https://from.environment' }, async () => {
      const scopes = ['contacts.readonly'];
      const link = linkOf(await backend.start(backend.forRoot({ scopes })));
      expect(link.origin).toBe('https://from.environment');
      expect(link.searchParams.get('scope')).toBe('contacts.readonly');
      const other = linkOf(await backend.start(backend.forRoot({ scopes, marketplaceUrl: 'https://from.option' })));
      expect(other.origin).toBe('https://from.option');
    });
    expect(linkOf(await backend.start(backend.forRoot(backend.options))).origin).toBe(
      'https://marketplace.gohighlevel.com',
    );
  });

  it('reads the environment when it starts, not when the decorator is evaluated', async () => {
    @Module({ imports: [backend.forRoot()] })
    class AppModule {}

    expect(await backend.problemsAtStart(AppModule)).toHaveLength(3);
    await withEnvironment(backend.environment, async () => {
      const module = await backend.start(AppModule);
      expect(linkOf(module).searchParams.get('client_id')).toBe(backend.app.client.clientId);
    });
  });

  it('reads the client secret from a file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'nestjs-ghl-auth-module-'));
    const { GHL_CLIENT_SECRET, ...rest } = backend.environment;
    const GHL_CLIENT_SECRET_FILE = join(directory, 'secret');
    await writeFile(GHL_CLIENT_SECRET_FILE, `${GHL_CLIENT_SECRET}\n`);
    try {
      await withEnvironment({ ...rest, GHL_CLIENT_SECRET_FILE }, async () => {
        const module = await backend.start(backend.forRoot());
        expect(await backend.install(module)).toBeDefined();
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('does not trip over half a pair in the environment where clients are given', async () => {
    await withEnvironment({ GHL_CLIENT_ID: backend.app.client.clientId }, async () => {
      await backend.start(backend.forRoot(backend.options));
    });
  });
});

describe('options from a factory', () => {
  @Injectable()
  class Vault {
    async secretOf(clientId: string): Promise<string> {
      return backend.app.clients.find((pair) => pair.clientId === clientId)?.clientSecret ?? '';
    }
  }

  @Module({ providers: [Vault], exports: [Vault] })
  class VaultModule {}

  it('may be typed, asynchronous, and injected from imports', async () => {
    const { redirectUri, scopes, clients } = backend.options;
    const module = await backend.start(
      backend.forRootAsync({
        imports: [VaultModule],
        inject: [Vault],
        useFactory: async (vault: Vault): Promise<GhlAuthOptions> => {
          const clientId = clients[0]?.clientId ?? '';
          return { redirectUri, scopes, clients: [{ clientId, clientSecret: await vault.secretOf(clientId) }] };
        },
      }),
    );
    expect(await backend.install(module)).toBeDefined();
  });

  @Injectable()
  class OptionsFromVault implements GhlAuthOptionsFactory {
    constructor(readonly vault: Vault) {}

    async createGhlAuthOptions(): Promise<GhlAuthOptions> {
      const { redirectUri, scopes, clients } = backend.options;
      const clientId = clients[0]?.clientId ?? '';
      return { redirectUri, scopes, clients: [{ clientId, clientSecret: await this.vault.secretOf(clientId) }] };
    }
  }
  Inject(Vault)(OptionsFromVault, undefined, 0);

  @Module({ imports: [VaultModule], providers: [OptionsFromVault], exports: [OptionsFromVault] })
  class OptionsModule {}

  it.each([
    ['a class', { useClass: OptionsFromVault, imports: [VaultModule] }],
    ['a provider that a module exports', { useExisting: OptionsFromVault, imports: [OptionsModule] }],
  ])('may come from %s', async (_name, form) => {
    const module = await backend.start(GhlAuthModule.forRootAsync({ ...backend.structure, ...form }));
    expect(await backend.install(module)).toBeDefined();
  });

  it('leave to the environment what they leave out', async () => {
    await withEnvironment(backend.environment, async () => {
      const module = await backend.start(
        backend.forRootAsync({ useFactory: () => ({ scopes: ['contacts.readonly'] }) }),
      );
      expect(linkOf(module).searchParams.get('scope')).toBe('contacts.readonly');
      expect(await backend.install(module)).toBeDefined();
    });
  });

  it('may come from @nestjs/config', async () => {
    await withEnvironment({ ...backend.environment, GHL_AUTH_REFRESH_ADVISORY_WINDOW_MS: '1000' }, async () => {
      const module = await backend.start(
        ConfigModule.forRoot({ load: [ghlAuthConfig], ignoreEnvFile: true }),
        backend.forRootAsync({
          imports: [ConfigModule.forFeature(ghlAuthConfig)],
          inject: [ghlAuthConfig.KEY],
          useFactory: (config: ConfigType<typeof ghlAuthConfig>) => config,
        }),
      );
      expect(module.get<GhlAuthOptions>(ghlAuthConfig.KEY)).toMatchObject({ refresh: { advisoryWindowMs: 1_000 } });
      expect(await backend.install(module)).toBeDefined();
    });
  });

  it('from @nestjs/config fail to load where a variable is wrong', async () => {
    await withEnvironment({ GHL_API_VERSION: 'three' }, async () => {
      expect(
        await backend.problemsAtStart(ConfigModule.forRoot({ load: [ghlAuthConfig], ignoreEnvFile: true })),
      ).toEqual(['environment variable GHL_API_VERSION must be a version such as 2021-07-28 or v3']);
    });
  });
});

describe('the services', () => {
  @Injectable()
  class Contacts {
    constructor(readonly tokens: TokenService) {}
  }
  // Without emitted types Nest is told by hand.
  Reflect.defineMetadata('design:paramtypes', [TokenService], Contacts);

  @Module({ providers: [Contacts], exports: [Contacts] })
  class ContactsModule {}

  it('can be injected everywhere with isGlobal, and only there', async () => {
    const module = await backend.start(backend.forRoot({ ...backend.options, isGlobal: true }), ContactsModule);
    expect(module.get(Contacts, { strict: false }).tokens).toBeInstanceOf(TokenService);
    await expect(backend.start(backend.forRoot(backend.options), ContactsModule)).rejects.toThrow(/TokenService/);
  });

  it('are the same for all who import the module', async () => {
    const registered = backend.forRoot(backend.options);
    @Module({ imports: [registered], providers: [Contacts], exports: [Contacts] })
    class One {}
    const module = await backend.start(registered, One);
    expect(module.get(Contacts, { strict: false }).tokens).toBe(module.get(TokenService));
  });
});
