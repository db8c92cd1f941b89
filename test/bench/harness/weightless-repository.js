import { GhlAuthModule, InMemoryRepository, TokenService } from 'nestjs-ghl-auth';
import { NestFactory } from '@nestjs/core';

const TEMPLATE = 'the-location-of-the-template';

/**
 * A store with a record for every location there could be, which takes no memory: each is made when it is read, from one that the module
 * itself has written. Its tokens hold the location's id, so that no two are the same.
 */
export async function weightlessRepository({ baseUrl, client, scopes, redirectUri, expiresAt, token }) {
  const store = new InMemoryRepository();
  const auth = GhlAuthModule.forRoot({
    repository: { useValue: store },
    clients: [client],
    redirectUri,
    scopes,
    apiBaseUrl: baseUrl,
    job: { enabled: false },
  });
  const nest = await NestFactory.createApplicationContext(auth, { logger: false, abortOnError: false });
  const tokens = nest.get(TokenService);
  await tokens.importTokens({ locationId: TEMPLATE }, { accessToken: `${token}${TEMPLATE}`, expiresAt });
  const [template] = await store.list({ kind: 'installation', limit: 1 });
  await nest.close();

  const made = (key) => {
    const id = key.slice(key.lastIndexOf('/') + 1);
    const body = template.body.replaceAll(TEMPLATE, id);
    return { ...template, key, locationId: id, body };
  };
  return {
    find: async (key) => (key.startsWith('installation/') ? made(key) : null),
    save: async () => true,
    list: async () => [],
    remove: async () => true,
  };
}
