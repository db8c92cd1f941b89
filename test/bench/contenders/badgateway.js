import { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client';
import { Agent, setGlobalDispatcher } from 'undici';
import { API_PATH, API_VERSION, MAX_SOCKETS } from '../harness/load.js';

/** A fetch wrapper for each location. */
export async function open({ baseUrl, client, places = [] }) {
  setGlobalDispatcher(new Agent({ connections: MAX_SOCKETS, keepAliveTimeout: 60_000 }));
  const oauth = new OAuth2Client({
    ...client,
    server: baseUrl,
    tokenEndpoint: '/oauth/token',
    authenticationMethod: 'client_secret_post',
  });
  const wrappers = new Map(
    await Promise.all(
      places.map(async ({ locationId, accessToken, refreshToken }) => {
        const stored = { accessToken, refreshToken, expiresAt: Date.now() + 86_399_000 };
        // Its timers for renewals ahead of time are beside the point here.
        const wrapper = new OAuth2Fetch({
          client: oauth,
          getNewToken: () => null,
          getStoredToken: () => stored,
          scheduleRefresh: false,
        });
        await wrapper.getAccessToken();
        return [locationId, wrapper];
      }),
    ),
  );

  return {
    token: (locationId) => wrappers.get(locationId).getAccessToken(),
    request: async (locationId) => {
      const url = `${baseUrl}${API_PATH}?locationId=${locationId}`;
      const answer = await wrappers.get(locationId).fetch(url, { headers: { Version: API_VERSION } });
      await answer.arrayBuffer();
      return answer.status;
    },
    close: () => undefined,
  };
}
