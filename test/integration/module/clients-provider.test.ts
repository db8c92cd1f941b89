import { Injectable, Module } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TokenService, type ClientPair, type ClientsProvider } from '../../../lib/index.js';
import { Backend, withEnvironment } from './support/backend.js';

const DAY = 86_400_000;

let backend: Backend;
beforeEach(() => {
  backend = new Backend();
});
afterEach(() => backend.stop());

@Injectable()
class SecretManager implements ClientsProvider {
  static pairs: readonly ClientPair[] = [];

  getClients(): Promise<readonly ClientPair[]> {
    return Promise.resolve(SecretManager.pairs);
  }
}
@Module({ providers: [SecretManager], exports: [SecretManager] })
class SecretsModule {}

const start = (provider: object, options: object = {}) => {
  const { redirectUri, scopes } = backend.options;
  return backend.forRoot({ redirectUri, scopes, clientsProvider: provider as never, ...options });
};

describe('a clients provider', () => {
  it('brings the key pairs, and the new secret without a restart', async () => {
    SecretManager.pairs = backend.app.clients;
    const module = await backend.start(start({ useExisting: SecretManager }, { imports: [SecretsModule] }));
    const ref = await backend.install(module);
    await backend.simulator.clock.advance(DAY);
    SecretManager.pairs = [backend.app.rotateSecret()];
    await backend.run(module.get(TokenService, { strict: false }).getAccessToken(ref));
  });

  it('beats the environment', async () => {
    await withEnvironment({ GHL_CLIENT_ID: 'another-client', GHL_CLIENT_SECRET: 'another' }, async () => {
      const module = await backend.start(start({ useValue: { getClients: () => backend.app.clients } }));
      await backend.install(module);
    });
  });

  it('may be left out by a factory', async () => {
    const module = await backend.start(start({ useFactory: () => null }, { clients: backend.app.clients }));
    await backend.install(module);
  });

  it('keeps the pairs that are known where it brings those of another app', async () => {
    let pairs: readonly ClientPair[] = backend.app.clients;
    const module = await backend.start(start({ useValue: { getClients: () => pairs } }));
    const ref = await backend.install(module);
    await backend.simulator.clock.advance(DAY);
    backend.simulator.fault({ match: { path: 'oauth' }, times: 2, do: { answer: 'clientRejected' } });
    pairs = [{ clientId: 'b0b0-zzzz', clientSecret: 'of another app' }];
    const token = module.get(TokenService, { strict: false }).getAccessToken(ref);
    await backend.run(token.catch(() => undefined));
    await backend.simulator.clock.advance(60_000);
    await backend.run(module.get(TokenService, { strict: false }).getAccessToken(ref));
  });

  it.each([
    ['is given beside option clients', () => [], { clients: [] }, 'pass one of them'],
    ['brings no pair', () => [], {}, 'clientsProvider.getClients() must be a list of key pairs'],
    ['brings a pair without a secret', () => [{ clientId: 'a0a0-bbbb' }], {}, 'getClients()[0].clientSecret must be'],
    ['fails', () => Promise.reject(new Error('the vault is sealed')), {}, 'failed: the vault is sealed'],
  ])('that %s fails the start', async (_name, getClients, options, problem) => {
    const problems = await backend.problemsAtStart(start({ useValue: { getClients } }, options));
    expect(problems.join('\n')).toContain(problem);
  });

  it('that does not answer fails the start after its time', async () => {
    const problems = await backend.run(
      backend.problemsAtStart(start({ useValue: { getClients: () => new Promise(() => undefined) } })),
    );
    expect(problems.join('\n')).toContain('no answer within 10000 ms');
  });

  it('that is no provider is told so', async () => {
    const problems = await backend.problemsAtStart(start({ useValue: { getPairs: () => [] } }, { clients: [] }));
    expect(problems.join('\n')).toContain('the clientsProvider has no method getClients(): implement ClientsProvider');
  });
});

describe('the mode', () => {
  it.each(['observe', 'off', 'active'])('can be %s, from the environment', async (mode) => {
    await withEnvironment({ GHL_AUTH_MODE: mode }, async () => {
      const module = await backend.start(backend.forRoot(backend.options));
      const ref = await backend.install(module);
      await backend.simulator.clock.advance(DAY);
      const token = backend.run(module.get(TokenService, { strict: false }).getAccessToken(ref));
      if (mode === 'active') await token;
      else await expect(token).rejects.toMatchObject({ code: 'GHL_PAUSED' });
    });
  });

  it('is refused where it is none', async () => {
    const problems = await backend.problemsAtStart(backend.forRoot({ ...backend.options, mode: 'passive' as 'off' }));
    expect(problems).toEqual(['option mode must be active, observe, off']);
    await withEnvironment({ GHL_AUTH_MODE: 'on' }, async () => {
      expect(await backend.problemsAtStart(backend.forRoot(backend.options))).toEqual([
        'environment variable GHL_AUTH_MODE must be active, observe, off',
      ]);
    });
  });
});
