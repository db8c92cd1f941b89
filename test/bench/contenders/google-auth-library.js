import { OAuth2Client } from 'google-auth-library';
import { API_PATH, API_VERSION, keepAliveAgent } from '../harness/load.js';

/** A client for each location. @param given `options`: what differs from its defaults */
export async function open({ baseUrl, client, places = [], options = {} }) {
  const agent = keepAliveAgent();
  const clients = new Map(
    places.map(({ locationId, accessToken, refreshToken }) => {
      const oauth = new OAuth2Client({
        ...client,
        endpoints: { oauth2TokenUrl: `${baseUrl}/oauth/token` },
        transporterOptions: { agent },
        ...options,
      });
      const expiry_date = Date.now() + 86_399_000;
      oauth.setCredentials({ access_token: accessToken, refresh_token: refreshToken, expiry_date });
      return [locationId, oauth];
    }),
  );

  return {
    token: async (locationId) => (await clients.get(locationId).getAccessToken()).token,
    request: async (locationId) => {
      const url = `${baseUrl}${API_PATH}?locationId=${locationId}`;
      return (await clients.get(locationId).request({ url, headers: { Version: API_VERSION } })).status;
    },
    close: () => undefined,
  };
}
