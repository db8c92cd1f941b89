import { HighLevel, MemorySessionStorage, SessionStorage } from '@gohighlevel/api-client';
import { API_VERSION, keepAliveAgent } from '../harness/load.js';
import { poolOn } from '../harness/pool.js';

const DAY_S = 86_399;

/** Sessions in a table, written as its README describes a storage of one's own. */
class PostgresSessionStorage extends SessionStorage {
  constructor(database) {
    super();
    this.pool = poolOn(database);
  }

  setClientId() {}
  async disconnect() {}
  async init() {
    await this.pool.query('CREATE TABLE IF NOT EXISTS vendor_sessions (id text PRIMARY KEY, session jsonb NOT NULL)');
  }

  async setSession(id, session) {
    const text = JSON.stringify({ ...session, expire_at: this.calculateExpireAt(session.expires_in) });
    await this.pool.query(
      'INSERT INTO vendor_sessions VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET session = EXCLUDED.session',
      [id, text],
    );
  }

  async getSession(id) {
    return (await this.pool.query('SELECT session FROM vendor_sessions WHERE id = $1', [id])).rows[0]?.session ?? null;
  }
}

/** The vendor's SDK. @param given `database` or `storage`: where sessions are kept; otherwise in memory */
export async function open({ baseUrl, client, places = [], database, storage, isFirst = true }) {
  // Where HighLevel is can only be said for the whole class.
  HighLevel.BASE_URL = baseUrl;
  const sessions =
    storage ?? (database === undefined ? new MemorySessionStorage() : new PostgresSessionStorage(database));
  const sdk = new HighLevel({ ...client, apiVersion: API_VERSION, sessionStorage: sessions });
  await sessions.init();
  sdk.getHttpClient().defaults.httpAgent = keepAliveAgent();
  if (isFirst)
    for (const { locationId, companyId, accessToken, refreshToken } of places)
      await sessions.setSession(locationId, {
        access_token: accessToken,
        refresh_token: refreshToken,
        expires_in: DAY_S,
        userType: 'Location',
        locationId,
        companyId,
      });

  return {
    sessions,
    token: (locationId) => sdk.getTokenForSecurity(['Location-Access'], {}, { locationId }),
    request: async (locationId) => {
      await sdk.contacts.getContacts({ locationId });
      return 200;
    },
    renew: async (locationId) => {
      const session = await sessions.getSession(locationId);
      if ((await sdk.refreshTokenIfNeeded(locationId, session)) === null) throw new Error('The token was not renewed');
    },
    close: () => undefined,
  };
}
