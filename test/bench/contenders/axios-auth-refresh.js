import axios from 'axios';
import { createAuthRefresh } from 'axios-auth-refresh';
import { API_PATH, API_VERSION, keepAliveAgent } from '../harness/load.js';

/** One axios for all locations, set up as its README describes. @param given `options`: what differs from its defaults */
export async function open({ baseUrl, client, places = [], options = {} }) {
  const tokens = new Map(places.map((place) => [place.locationId, place]));
  const httpAgent = keepAliveAgent();
  const http = axios.create({ baseURL: baseUrl, httpAgent, headers: { Version: API_VERSION } });
  const refresh = async ({ response }) => {
    const { locationId } = response.config.params;
    const body = new URLSearchParams({
      client_id: client.clientId,
      client_secret: client.clientSecret,
      grant_type: 'refresh_token',
      refresh_token: tokens.get(locationId).refreshToken,
    });
    const { data } = await axios.post(`${baseUrl}/oauth/token`, body, { httpAgent, skipAuthRefresh: true });
    tokens.set(locationId, { accessToken: data.access_token, refreshToken: data.refresh_token });
  };
  createAuthRefresh(http, refresh, options);
  http.interceptors.request.use((config) => {
    config.headers.Authorization = `Bearer ${tokens.get(config.params.locationId).accessToken}`;
    return config;
  });

  return {
    request: async (locationId) => (await http.get(API_PATH, { params: { locationId } })).status,
    close: () => httpAgent.destroy(),
  };
}
