import axios from 'axios';
import { API_PATH, API_VERSION, keepAliveAgent } from '../harness/load.js';
import { poolOn } from '../harness/pool.js';

/**
 * The limit: written by hand for this one purpose. A bare axios without interceptors, one shared promise for whoever meets a dead token, and a
 * replay. It survives nothing else.
 * @param given `database`: several processes share the tokens, and a row lock lets one of them refresh; otherwise they are in memory
 */
export async function open({ baseUrl, client, places = [], database, isFirst = true }) {
  const httpAgent = keepAliveAgent();
  const http = axios.create({ baseURL: baseUrl, httpAgent, validateStatus: null });
  const held = new Map(places.map((place) => [place.locationId, place]));
  const underWay = new Map();

  const refresh = async (refreshToken) => {
    const body = new URLSearchParams({
      client_id: client.clientId,
      client_secret: client.clientSecret,
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
    });
    const { data } = await http.post('/oauth/token', body);
    return { accessToken: data.access_token, refreshToken: data.refresh_token };
  };
  const renewInMemory = async (locationId) => refresh(held.get(locationId).refreshToken);
  const renew = database === undefined ? renewInMemory : await inPostgres(database, places, isFirst, refresh, held);

  const after = (locationId, rejected) => {
    const present = held.get(locationId);
    if (present.accessToken !== rejected) return present;
    const joined = underWay.get(locationId);
    if (joined !== undefined) return joined;
    const flight = renew(locationId)
      .then((renewed) => {
        held.set(locationId, renewed);
        return renewed;
      })
      .finally(() => underWay.delete(locationId));
    underWay.set(locationId, flight);
    return flight;
  };
  const send = (locationId, accessToken) =>
    http.get(API_PATH, {
      params: { locationId },
      headers: { Authorization: `Bearer ${accessToken}`, Version: API_VERSION },
    });

  return {
    request: async (locationId) => {
      const { accessToken } = held.get(locationId);
      const { status } = await send(locationId, accessToken);
      if (status !== 401) return status;
      return (await send(locationId, (await after(locationId, accessToken)).accessToken)).status;
    },
    close: () => undefined,
  };
}

const inPostgres = async (database, places, isFirst, refresh, held) => {
  const pool = poolOn(database);
  if (isFirst) {
    await pool.query('CREATE TABLE oracle (id text PRIMARY KEY, access text NOT NULL, refresh text NOT NULL)');
    for (const { locationId, accessToken, refreshToken } of places)
      await pool.query('INSERT INTO oracle VALUES ($1, $2, $3)', [locationId, accessToken, refreshToken]);
  }
  return async (locationId) => {
    const connection = await pool.connect();
    try {
      await connection.query('BEGIN');
      const { rows } = await connection.query('SELECT access, refresh FROM oracle WHERE id = $1 FOR UPDATE', [
        locationId,
      ]);
      const [stored] = rows;
      const isRenewed = stored.access !== held.get(locationId).accessToken;
      const next = isRenewed
        ? { accessToken: stored.access, refreshToken: stored.refresh }
        : await refresh(stored.refresh);
      if (!isRenewed)
        await connection.query('UPDATE oracle SET access = $2, refresh = $3 WHERE id = $1', [
          locationId,
          next.accessToken,
          next.refreshToken,
        ]);
      await connection.query('COMMIT');
      return next;
    } finally {
      connection.release();
    }
  };
};
