import { describe, expect, it } from '@jest/globals';
import { granting } from '../../../lib/decision/answer.js';
import { isGrantFor, readGrant } from '../../../lib/decision/grant.js';
import { DAY, grant } from './support/made.js';

const HALF_A_DAY = DAY / 2;

const read = (json: Record<string, unknown>) => {
  const result = readGrant(json);
  if ('problem' in result) throw new Error(result.problem);
  return result.grant;
};

describe('a token answer', () => {
  it('is read whole', () => {
    expect(
      read({
        access_token: 'access',
        token_type: 'Bearer',
        expires_in: 86_399,
        refresh_token: 'refresh',
        scope: 'contacts.readonly  contacts.write\n',
        refreshTokenId: 'id',
        userType: 'Location',
        companyId: 'company1',
        locationId: 'location1',
        userId: 'user',
        somethingNew: { deep: [1] },
      }),
    ).toEqual({
      accessToken: 'access',
      refreshToken: 'refresh',
      expiresInMs: 86_399_000,
      scopes: ['contacts.readonly', 'contacts.write'],
      userType: 'Location',
      locationId: 'location1',
      companyId: 'company1',
    });
  });

  it('is read in camelCase and in snake_case', () => {
    const camel = { accessToken: 'a', refreshToken: 'r', expiresIn: 60, userType: 'Company', companyId: 'c' };
    const snake = { access_token: 'a', refresh_token: 'r', expires_in: 60, user_type: 'Company', company_id: 'c' };
    expect(read(camel)).toEqual(read(snake));
    expect(read({ ...camel, access_token: null })).toEqual(read(camel));
  });

  it('needs nothing but an access token', () => {
    expect(read({ access_token: 'access' })).toEqual({
      accessToken: 'access',
      refreshToken: null,
      expiresInMs: HALF_A_DAY,
      scopes: [],
      userType: null,
      locationId: null,
      companyId: null,
    });
  });

  it.each([[undefined], [null], ['']])('with the refresh token %p has none', (refresh_token) => {
    expect(read({ access_token: 'access', refresh_token }).refreshToken).toBeNull();
  });

  it.each([[7], [{}], [['refresh']], [true], ['two words'], ['línea'], ['x'.repeat(65_537)]])(
    'with the token %p is not usable',
    (token) => {
      expect(readGrant({ access_token: token })).toEqual({ problem: 'access_token is not a usable token' });
      expect(readGrant({ access_token: 'a', refresh_token: token })).toEqual({
        problem: 'refresh_token is not a usable token',
      });
    },
  );

  it('takes tokens well over 512 characters', () => {
    expect(read({ access_token: 'x'.repeat(5_000) }).accessToken).toHaveLength(5_000);
  });

  it.each([
    [86_399, 86_399_000],
    [1, 1_000],
    [1.5, 1_500],
    [365 * 86_400, 365 * DAY],
    [365 * 86_400 + 1, HALF_A_DAY],
    [86_399_000, HALF_A_DAY],
    [0.5, HALF_A_DAY],
    [0, HALF_A_DAY],
    [-1, HALF_A_DAY],
    [Number.NaN, HALF_A_DAY],
    [Number.POSITIVE_INFINITY, HALF_A_DAY],
    ['86399', HALF_A_DAY],
    [undefined, HALF_A_DAY],
    [null, HALF_A_DAY],
    [{}, HALF_A_DAY],
  ])('with expires_in %p counts %i ms', (expires_in, ms) => {
    expect(read({ access_token: 'access', expires_in }).expiresInMs).toBe(ms);
  });

  it.each([[['a', 'b', 7, '']], ['a b']])('reads the scopes of %p', (scope) => {
    expect(read({ access_token: 'access', scope }).scopes).toEqual(['a', 'b']);
  });

  it.each([[7], [{}], ['strange id!'], [''], ['x'.repeat(65)]])('passes over the id %p', (id) => {
    expect(read({ access_token: 'access', locationId: id, companyId: id, userType: id })).toMatchObject({
      locationId: null,
      companyId: null,
      userType: null,
    });
  });

  it('reads own fields only', () => {
    const answer = JSON.parse('{"__proto__":{"access_token":"stolen"}}') as Record<string, unknown>;
    expect(readGrant(answer)).toEqual({ problem: 'the answer has no access_token' });
    expect(readGrant(Object.create({ access_token: 'inherited' }) as Record<string, unknown>)).toHaveProperty(
      'problem',
    );
  });
});

describe('a grant', () => {
  const location = { kind: 'location', id: 'location1' } as const;
  const company = { kind: 'company', id: 'company1' } as const;

  it.each([
    [{}, true],
    [{ locationId: 'location1' }, true],
    [{ locationId: 'location1', companyId: 'company1', userType: 'Location' }, true],
    [{ locationId: 'location2' }, false],
    [{ userType: 'Company' }, false],
    [{ locationId: 'location1', userType: 'Company' }, false],
  ] as const)('%p for a location: %p', (given, isForIt) => {
    expect(isGrantFor(location, grant(given))).toBe(isForIt);
  });

  it.each([
    [{}, true],
    [{ companyId: 'company1', userType: 'Company' }, true],
    [{ companyId: 'company2' }, false],
    [{ locationId: 'location1', companyId: 'company1' }, false],
    [{ companyId: 'company1', userType: 'Location' }, false],
  ] as const)('%p for a company: %p', (given, isForIt) => {
    expect(isGrantFor(company, grant(given))).toBe(isForIt);
  });

  it('of another place becomes an answer that brings nothing, with its status and traceId, and without its tokens', () => {
    const answer = {
      kind: 'granted',
      grant: grant({ locationId: 'location2' }),
      status: 200,
      traceId: 'trace',
      text: '',
    } as const;
    expect(granting(location, answer)).toEqual({
      kind: 'unexpected',
      status: 200,
      traceId: 'trace',
      text: 'the answer is a token of another place',
    });
    expect(granting({ kind: 'location', id: 'location2' }, answer)).toBe(answer);
  });
});
