import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { GhlAuthInterceptor, GhlAuthModule, GhlHttpService, InMemoryRepository, TokenService } from 'nestjs-ghl-auth';
import { PostgresRepository } from 'nestjs-ghl-auth/postgres';
import { API_PATH, keepAliveAgent } from '../harness/load.js';
import { poolOn } from '../harness/pool.js';

const DAY_MS = 86_400_000;

/** A repository that counts how often it is read. */
export const counting = (repository) => {
  const reads = { count: 0 };
  const find = repository.find.bind(repository);
  repository.find = (key) => {
    reads.count += 1;
    return find(key);
  };
  return { repository, reads };
};

const storeOf = async ({ database, repository }) => {
  if (repository !== undefined) return repository;
  if (database === undefined) return new InMemoryRepository();
  const inPostgres = PostgresRepository.fromPool(poolOn(database));
  await inPostgres.migrate();
  return inPostgres;
};

/**
 * A Nest application with the module, as the README has it.
 * @param given where HighLevel is, the installations, and what differs from the defaults: `options`, `clock`, `repository` or `database`
 */
export async function open(given) {
  const { baseUrl, client, scopes, redirectUri, places = [], options = {}, clock, isFirst = true } = given;
  const repository = await storeOf(given);
  const auth = GhlAuthModule.forRoot({
    repository: { useValue: repository },
    ...(clock && { clock: { useValue: clock } }),
    clients: [client],
    redirectUri,
    scopes,
    apiBaseUrl: baseUrl,
    job: { enabled: false },
    ...options,
  });
  const nest = await NestFactory.createApplicationContext(auth, { logger: false, abortOnError: false });
  const tokens = nest.get(TokenService);
  const http = nest.get(GhlHttpService);
  http.axiosRef.defaults.httpAgent = keepAliveAgent();
  const expiresAt = new Date((clock ?? Date).now() + DAY_MS);
  // On a store that several processes share, the first of them takes the tokens over.
  if (isFirst)
    for (const { locationId, accessToken, refreshToken } of places)
      await tokens.importTokens({ locationId }, { accessToken, expiresAt, ...(refreshToken && { refreshToken }) });

  return {
    nest,
    http,
    interceptor: nest.get(GhlAuthInterceptor),
    token: (locationId) => tokens.getAccessToken({ locationId }),
    request: async (locationId) =>
      (await http.axiosRef.get(API_PATH, { params: { locationId }, ghl: { locationId } })).status,
    renew: (locationId) => tokens.refresh({ locationId }),
    close: () => nest.close(),
  };
}
