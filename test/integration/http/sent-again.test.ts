import { afterAll, beforeAll, expect, it } from '@jest/globals';
import axios, { type AxiosInstance, type AxiosRequestConfig } from 'axios';
import axiosRetry from 'axios-retry';
import { Backend } from '../../support/backend.js';
import { startOtherServer, type OtherServer } from './support/other-server.js';

/**
 * axios-retry sends the config that failed, and in it the adapter that the module had put over the caller's. The module took that for
 * another one of the caller's and went over it once more: the inner one saw a header that seemed to be set by hand, and the outer one no longer
 * saw where a redirect had led, so that a foreign host's 401 rotated an installation's credential.
 */
let backend: Backend;
let foreign: OtherServer;
beforeAll(async () => {
  foreign = await startOtherServer();
  foreign.answer = { status: 401 };
  backend = await Backend.start();
});
afterAll(async () => {
  await backend.close();
  await foreign.close();
});

const attached = (): AxiosInstance => {
  const own = axios.create({ baseURL: backend.baseUrl });
  backend.interceptor.attach(own, { resolve: () => null });
  return own;
};

it.each<[string, () => AxiosInstance]>([
  ['an attached axios', attached],
  ['the own service', () => backend.axios],
])('%s: what is sent again with an adapter of its own goes through the module once', async (_, client) => {
  const { locationId } = await backend.location();
  backend.travel(10_000);
  const own = client();
  axiosRetry(own, { retries: 2, retryDelay: () => 0 });
  backend.simulator.forceApiAnswer({ kind: 'reset' }, { times: 1 });
  backend.simulator.forceApiAnswer({ status: 302, headers: { location: foreign.url } }, { times: 1 });
  const config = { url: '/echo', adapter: 'http', ghl: { locationId } } as AxiosRequestConfig;
  const { result, ledger } = await backend.during(() => own.request(config).catch((error: unknown) => error));
  expect(result).toMatchObject({ response: { status: 401 } });
  expect(ledger.rotations()).toEqual([]);
  expect(ledger.entries.map(({ path }) => path)).toEqual(['/echo', '/echo']);
});
