import {
  HighLevelSimulator,
  type PartialSettings,
  type SimulatedAnswer,
  type SimulatedApp,
} from '../../../../lib/testing.js';

const USER_AGENT = { 'user-agent': 'simulator-tests' };

/** A simulator with one app, and short ways to ask it. */
export interface Simulation {
  readonly simulator: HighLevelSimulator;
  readonly app: SimulatedApp;
  /** A location where the app is installed, with its pair. */
  installed(): { locationId: string; companyId: string; access: string; refresh: string };
  /** A company that installed the app in bulk, with its pair and its locations. */
  bulk(locations?: number): { companyId: string; locationIds: string[]; access: string; refresh: string };
  /** Form-encoded, with the key pair unless given. */
  token(fields: Record<string, string>, headers?: Record<string, string>): Answer;
  refresh(refreshToken: string, more?: Record<string, string>): Answer;
  exchange(code: string, more?: Record<string, string>): Answer;
  /** JSON, with the key pair unless given. */
  reconnect(fields: Record<string, unknown>, headers?: Record<string, string>): Answer;
  mint(access: string, companyId: string, locationId: string, headers?: Record<string, string>): Answer;
  api(method: string, url: string, access: string, body?: unknown, headers?: Record<string, string>): Answer;
}

/** An answer with its JSON. */
export interface Answer extends SimulatedAnswer {
  readonly json: Record<string, unknown>;
  /** A field of the JSON that is text. */
  text(name: string): string;
}

export function simulation(settings: PartialSettings = {}, seed?: string): Simulation {
  const simulator = new HighLevelSimulator({ settings, ...(seed !== undefined && { seed }) });
  const app = simulator.addApp();
  const ask = (method: string, url: string, headers: Record<string, string>, body?: string): Answer => {
    const answer = simulator.handle({
      method,
      url,
      headers: { ...USER_AGENT, ...headers },
      ...(body !== undefined && { body }),
    });
    const parsed = parse(answer.body);
    return { ...answer, json: parsed, text: (name) => String(parsed[name]) };
  };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const json = { 'content-type': 'application/json' };
  const bearer = (access: string) => ({ authorization: `Bearer ${access}`, version: '2021-07-28' });
  const pair = () => ({ client_id: app.client.clientId, client_secret: app.client.clientSecret });
  const keys = () => ({ clientKey: app.client.clientId, clientSecret: app.client.clientSecret });
  const token: Simulation['token'] = (fields, headers = {}) =>
    ask('POST', '/oauth/token', { ...form, ...headers }, new URLSearchParams({ ...pair(), ...fields }).toString());
  return {
    simulator,
    app,
    installed() {
      const { locationId, companyId } = simulator.addLocation();
      simulator.installLocation(locationId);
      const { accessToken: access, refreshToken: refresh } = simulator.issueTokens({ locationId });
      return { locationId, companyId, access, refresh };
    },
    bulk(locations = 2) {
      const { companyId } = simulator.addCompany();
      const locationIds = Array.from({ length: locations }, () => simulator.addLocation({ companyId }).locationId);
      simulator.installCompany(companyId);
      const { accessToken: access, refreshToken: refresh } = simulator.issueTokens({ companyId });
      return { companyId, locationIds, access, refresh };
    },
    token,
    refresh: (refresh_token, more = {}) => token({ grant_type: 'refresh_token', refresh_token, ...more }),
    exchange: (code, more = {}) => token({ grant_type: 'authorization_code', code, ...more }),
    reconnect: (fields, headers = {}) =>
      ask('POST', '/oauth/reconnect', { ...json, ...headers }, JSON.stringify({ ...keys(), ...fields })),
    mint: (access, companyId, locationId, headers = {}) =>
      ask(
        'POST',
        '/oauth/locationToken',
        { ...json, ...bearer(access), ...headers },
        JSON.stringify({ companyId, locationId }),
      ),
    api: (method, url, access, body, headers = {}) =>
      ask(
        method,
        url,
        { ...json, ...bearer(access), ...headers },
        body === undefined ? undefined : JSON.stringify(body),
      ),
  };
}

/** What an error body says, whichever family it is of. */
export function said(answer: Answer): unknown {
  return answer.json['error_description'] ?? answer.json['message'];
}

function parse(body: string): Answer['json'] {
  try {
    return JSON.parse(body) as Answer['json'];
  } catch {
    return {};
  }
}
