import { describe, expect, it } from '@jest/globals';
import { assertLedger, LedgerAssertionError, type LedgerAssertions } from '../../../lib/testing.js';
import { simulation } from './support/simulation.js';

const messageOf = (assertion: () => unknown): string => {
  try {
    assertion();
  } catch (error) {
    expect(error).toBeInstanceOf(LedgerAssertionError);
    return (error as Error).message.replaceAll(/(location|locations)(.)\w{20}/g, '$1$2L');
  }
  throw new Error('The assertion did not throw');
};

/** A location whose refresh token was used twice within the grace, then reconnected after an incident. */
const story = () => {
  const scene = simulation();
  const { locationId, access, refresh: token } = scene.installed();
  const other = scene.installed();
  scene.api('GET', `/locations/${locationId}`, access);
  const second = scene.refresh(token).text('refresh_token');
  scene.refresh(token);
  scene.simulator.invalidateAll({ locationId });
  scene.refresh(second);
  scene.exchange(scene.reconnect({ locationId }).text('authorizationCode'));
  return { ...scene, locationId, other };
};

describe('what is said of the ledger', () => {
  it('holds where it is true, for a place and for all, in a row', () => {
    const { simulator, locationId, other } = story();
    assertLedger(simulator)
      .rotatedOnce({ locationId })
      .rotatedTimes(1)
      .neverRotated({ locationId: other.locationId })
      .reconnectedOnce({ locationId })
      .reconnectedTimes(1)
      .neverReconnected({ locationId: other.locationId })
      .mintedTimes(0)
      .apiCalledTimes(1, { locationId })
      .nothingCalledFor({ locationId: other.locationId })
      .noTokenCrossed()
      .noForeignToken()
      .noPresentationsAtOnce();
  });

  it('is asked of a stretch as well', () => {
    const { simulator, locationId, reconnect, exchange } = story();
    const code = reconnect({ locationId }).text('authorizationCode');
    const mark = simulator.ledger.mark();
    exchange(code);
    assertLedger(simulator.ledger.since(mark)).reconnectedOnce({ locationId }).neverRotated().keptTheRules();
  });

  it('counts mints by the location, and only those that made a token', () => {
    const { simulator, bulk, mint } = simulation();
    const { companyId, locationIds, access } = bulk();
    const [locationId = '', other = ''] = locationIds;
    simulator.fault({ do: { status: 503 } });
    mint(access, companyId, locationId);
    mint(access, companyId, locationId);
    assertLedger(simulator).mintedOnce({ locationId }).mintedTimes(0, { locationId: other });
    expect(() => assertLedger(simulator).nothingCalledFor({ companyId })).toThrow(LedgerAssertionError);
  });

  it('notices a presentation while an earlier one is still unanswered', () => {
    const { simulator, installed, refresh, app } = simulation();
    const { refresh: token } = installed();
    const { clientId: client_id, clientSecret: client_secret } = app.client;
    const fields = { client_id, client_secret, grant_type: 'refresh_token', refresh_token: token };
    const headers = { 'user-agent': 'x', 'content-type': 'application/x-www-form-urlencoded' };
    const request = { method: 'POST', url: '/oauth/token', headers, body: new URLSearchParams(fields).toString() };
    simulator.handle(request, { deferred: true });
    assertLedger(simulator).noPresentationsAtOnce();
    refresh(token);
    expect(messageOf(() => assertLedger(simulator).noPresentationsAtOnce())).toMatch(
      /^Expected: one presentation of a refresh token at a time\nSeen: {5}refresh#4 twice at once\n[^]*\n> #1 [^]*\n> #2 /,
    );
  });

  const untrue: [string, (said: LedgerAssertions, of: ReturnType<typeof story>) => unknown, RegExp][] = [
    [
      'rotatedOnce',
      (said, { other }) => said.rotatedOnce(other),
      /^Expected: exactly 1 rotation for location:L\nSeen: {5}none\n/,
    ],
    ['rotatedTimes', (said) => said.rotatedTimes(3), /^Expected: exactly 3 rotations\nSeen: {5}1 rotation\n/],
    [
      'neverRotated',
      (said, { locationId }) => said.neverRotated({ locationId }),
      /^Expected: no rotation for location:L\nSeen: {5}1 rotation\n/,
    ],
    ['reconnectedOnce', (said, { other }) => said.reconnectedOnce(other), /^Expected: exactly 1 reconnection for/],
    ['neverReconnected', (said) => said.neverReconnected(), /^Expected: no reconnection\nSeen: {5}1 reconnection\n/],
    ['mintedOnce', (said) => said.mintedOnce(), /^Expected: exactly 1 minted token\nSeen: {5}none\n/],
    [
      'nothingCalledFor',
      (said, { locationId }) => said.nothingCalledFor({ locationId }),
      /^Expected: no request for location:L\nSeen: {5}6 requests\n/,
    ],
    ['apiCalledTimes', (said) => said.apiCalledTimes(2), /^Expected: exactly 2 API calls\nSeen: {5}1 API call\n/],
    [
      'noTokenPresentedTwice',
      (said) => said.noTokenPresentedTwice(),
      /^Expected: no refresh token or code presented again .*\nSeen: {5}refresh#4 of location:L again\n/,
    ],
    ['keptTheRules', (said) => said.keptTheRules(), /presented again after its outcome was known/],
    [
      'noTokenCrossed',
      (said, { api, locationId, other }) => (
        api('GET', `/locations/${locationId}`, other.access),
        said.noTokenCrossed()
      ),
      /Seen: {5}\S+ of location:L at another place/,
    ],
    ['noForeignToken', (said, { refresh }) => (refresh('made elsewhere'), said.noForeignToken()), /Seen: {5}foreign#1/],
  ];
  it.each(untrue)('%s throws where it is not true, with what was expected and seen', (_, assertion, message) => {
    const of = story();
    expect(messageOf(() => assertion(assertLedger(of.simulator), of))).toMatch(message);
  });

  it('shows the requests that matter, marks those that were counted, and says how many it left out', () => {
    const { simulator, locationId, other, api } = story();
    api('GET', `/locations/${other.locationId}`, other.access);
    expect(messageOf(() => assertLedger(simulator).rotatedTimes(2, { locationId }))).toBe(
      [
        'Expected: exactly 2 rotations for location:L',
        'Seen:     1 rotation',
        '',
        'Ledger (and 1 other request):',
        '  #1 2026-11-02T09:00:00.000Z GET /locations/L location:L [access#3 → -] answered 200',
        '> #3 2026-11-02T09:00:00.000Z POST /oauth/token refresh_token location:L [refresh#4 → access#9,refresh#10] issued 200',
        '  #5 2026-11-02T09:00:00.000Z POST /oauth/token refresh_token location:L [refresh#4 → access#9,refresh#10] repeated 200',
        '  #7 2026-11-02T09:00:00.000Z POST /oauth/token refresh_token location:L [refresh#10 → -] refused refreshTokenInvalid 400',
        '  #9 2026-11-02T09:00:00.000Z POST /oauth/reconnect location:L [- → code#11] issued 200',
        '  #11 2026-11-02T09:00:00.000Z POST /oauth/token authorization_code location:L [code#11 → access#12,refresh#13] issued 200',
      ].join('\n'),
    );
  });
});
