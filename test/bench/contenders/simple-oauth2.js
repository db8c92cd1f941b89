import { Agent as HttpsAgent } from 'node:https';
import axios from 'axios';
import { AuthorizationCode } from 'simple-oauth2';
import { API_PATH, API_VERSION, keepAliveAgent } from '../harness/load.js';

/** Looks after tokens only: expiry is looked at before each call, and a 401 is answered by a refresh, both by hand. */
export async function open({ baseUrl, client, places = [] }) {
  const oauth = new AuthorizationCode({
    client: { id: client.clientId, secret: client.clientSecret },
    auth: { tokenHost: baseUrl, tokenPath: '/oauth/token' },
    options: { authorizationMethod: 'body' },
    // HighLevel's CDN turns away who does not say what it is.
    http: {
      headers: { 'user-agent': 'bench' },
      agents: { http: keepAliveAgent(), https: new HttpsAgent(), httpsAllowUnauthorized: new HttpsAgent() },
    },
  });
  const held = new Map(
    places.map(({ locationId, accessToken, refreshToken }) => [
      locationId,
      oauth.createToken({ access_token: accessToken, refresh_token: refreshToken, expires_in: 86_399 }),
    ]),
  );
  const http = axios.create({ baseURL: baseUrl, httpAgent: keepAliveAgent(), headers: { Version: API_VERSION } });
  const renew = async (locationId) => {
    const renewed = await held.get(locationId).refresh();
    held.set(locationId, renewed);
    return renewed.token.access_token;
  };
  const token = async (locationId) => {
    const present = held.get(locationId);
    return present.expired() ? renew(locationId) : present.token.access_token;
  };
  const send = async (locationId, accessToken) =>
    (await http.get(API_PATH, { params: { locationId }, headers: { Authorization: `Bearer ${accessToken}` } })).status;

  return {
    token,
    request: async (locationId) => {
      try {
        return await send(locationId, await token(locationId));
      } catch (error) {
        if (error.response?.status !== 401) throw error;
        return send(locationId, await renew(locationId));
      }
    },
    close: () => undefined,
  };
}
