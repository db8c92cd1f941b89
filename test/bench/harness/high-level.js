// The process in which the simulated HighLevel runs, and what the runner can ask of it.
import { ManualClock, startSimulator } from 'nestjs-ghl-auth/testing';

const settings = {
  // The vendor's SDK sends `Version` to the token endpoint too.
  strictHeaders: false,
};

let high;
let app;
let clock;
const latency = { tokenMs: 0, apiMs: 0 };
const handles = new Map();

const placeOf = (locationId) => ({ locationId });

export const tasks = {
  /** Listens. @param clock `'manual'`: time passes only when {@link tasks.advance} is asked for */
  async start({ clock: kind } = {}) {
    clock = kind === 'manual' ? new ManualClock() : undefined;
    high = await startSimulator({ settings, ...(clock && { clock }), server: { latency } });
    app = high.simulator.addApp();
    const { client, scopes, redirectUris } = app;
    return { baseUrl: high.baseUrl, client, scopes, redirectUri: redirectUris[0] };
  },

  /** Installs the app in so many new locations. @returns them, with their tokens */
  install({ count }) {
    return Array.from({ length: count }, () => {
      const { locationId, companyId } = high.simulator.addLocation();
      high.simulator.installLocation(locationId);
      return { locationId, companyId, ...high.simulator.issueTokens(placeOf(locationId)) };
    });
  },

  latency(given) {
    Object.assign(latency, given);
  },

  /** Access tokens die before their time. */
  killAccessTokens({ locationIds }) {
    for (const id of locationIds) high.simulator.killAccessToken(placeOf(id));
  },

  /** Every token dies, and Reconnect is not offered. */
  killGrants({ locationIds }) {
    high.simulator.setReconnect('removed');
    for (const id of locationIds) high.simulator.invalidateAll(placeOf(id));
  },

  setReconnect({ mode }) {
    high.simulator.setReconnect(mode);
  },

  /** Something goes wrong until {@link tasks.endTrouble}. */
  trouble({ name, answer, status, path }) {
    const handle =
      answer === undefined
        ? high.simulator.outage({ status }, path === undefined ? {} : { path })
        : high.simulator.forceApiAnswer(answer);
    handles.set(name, handle);
  },

  endTrouble({ name }) {
    handles.get(name).end();
    handles.delete(name);
  },

  mark: () => high.simulator.ledger.mark(),

  /** What reached HighLevel since a mark. */
  since({ mark }) {
    const since = high.simulator.ledger.since(mark);
    const refreshTokens = since.refreshes().flatMap(({ presented }) => presented);
    return {
      tokenCalls: since.credentialCalls().length,
      refreshes: since.refreshes().length,
      otherCredentialCalls: since.credentialCalls().length - since.refreshes().length,
      apiCalls: since.apiCalls().length,
      presentedTwice: refreshTokens.length - new Set(refreshTokens).size,
    };
  },

  advance: ({ ms }) => clock.advance(ms),
};
