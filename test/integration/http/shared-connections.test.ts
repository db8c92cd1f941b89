import { Agent } from 'node:http';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { AxiosError } from 'axios';
import { Backend } from '../../support/backend.js';
import { SecretSearch } from './support/secret-search.js';

const agent = new Agent({ keepAlive: true });
let backend: Backend;

beforeAll(async () => (backend = await Backend.start()));
afterAll(async () => {
  await backend.close();
  agent.destroy();
});

const deep = { depth: Infinity, showHidden: true, maxStringLength: null, maxArrayLength: null } as const;

it.each<[string, Agent | undefined, Agent | undefined]>([
  ['an agent of the host, for all requests', undefined, agent],
  ['an agent of the host, for one request', agent, undefined],
  ['Node’s own agent', undefined, undefined],
])(
  'printing the error of one request shows no token of those that share its connections: %s',
  async (_, own, common) => {
    if (common) backend.axios.defaults.httpAgent = common;
    else delete backend.axios.defaults.httpAgent;
    const config = own ? { httpAgent: own } : {};
    const [mine, ...others] = await backend.locations(6);
    const held = backend.hold({ path: '/contacts/' });
    const underWay = Promise.allSettled(
      others.map(({ locationId }) => backend.axios.get('/contacts/', { ...config, ghl: { locationId } })),
    );
    await held.waiting(others.length);
    const shown: string[] = [];
    for (const ghl of [{ locationId: mine?.locationId ?? '' }, false] as const) {
      const failed = backend.axios.get('/nowhere', { ...config, ghl }).catch((thrown: unknown) => thrown);
      const error = (await failed) as AxiosError;
      shown.push(inspect(error, deep), JSON.stringify([error, error.config, error.request, error.response]));
      expect(error.config?.httpAgent).toBe(own ?? common);
    }
    held.release();
    await underWay;
    expect(new SecretSearch(backend.simulator.secrets()).through('shown', shown).leaks).toEqual([]);
  },
);
