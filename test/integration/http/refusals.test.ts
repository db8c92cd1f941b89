import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isAxiosError, type AxiosError, type AxiosRequestConfig } from 'axios';
import { isGhlAuthError, type GhlAuthErrorCode, type GhlRequest } from '../../../lib/index.js';
import { ANSWERS, type AnswerName } from '../../../lib/testing.js';
import { Backend } from '../../support/backend.js';

let backend: Backend;
let locationId: string;

beforeAll(async () => {
  backend = await Backend.start();
  ({ locationId } = await backend.location());
  backend.travel(10_000);
});
afterAll(() => backend.close());

/** The error of a request, and the calls that it made. */
const refused = async (ghl: GhlRequest, config: AxiosRequestConfig = {}) => {
  const mark = backend.ledger.mark();
  const error: unknown = await backend.axios
    .request({ url: '/echo', ...config, ghl })
    .catch((thrown: unknown) => thrown);
  if (!isAxiosError(error)) throw new Error('not an error of axios');
  return { error: error as AxiosError<{ message: unknown }>, entries: backend.ledger.since(mark).entries };
};

const ROWS: readonly (readonly [AnswerName, number, GhlAuthErrorCode | undefined])[] = [
  ['scopeMissing', 401, 'GHL_SCOPE_MISSING'],
  ['wrongAuthClass', 401, 'GHL_TOKEN_TYPE_MISMATCH'],
  ['userTypeMismatch', 401, 'GHL_TOKEN_TYPE_MISMATCH'],
  ['userTypeUnsupported', 401, 'GHL_TOKEN_TYPE_MISMATCH'],
  ['versionMissing', 401, undefined],
  ['versionInvalid', 401, undefined],
  ['noLocationAccess', 403, undefined],
  ['locationNotAccessible', 403, undefined],
  ['userAgentMissing', 403, undefined],
];

describe.each(ROWS)('%s: a %i that no token repairs', (answer, status, code) => {
  it('rejects with axios’ own error, the answer in it, and costs no call but itself, however often', async () => {
    for (let i = 0; i < 10; i += 1) {
      backend.simulator.forceApiAnswer(answer, { times: 1 });
      const { error, entries } = await refused({ locationId });
      expect(error).toMatchObject({
        name: 'AxiosError',
        code: 'ERR_BAD_REQUEST',
        response: { status },
        message: `Request failed with status code ${status}`,
      });
      const { message, text } = ANSWERS[answer] as { message: string; text?: string };
      expect(error.response?.data).toEqual(text ?? expect.objectContaining({ message, statusCode: status }));
      expect(entries.map(({ path }) => path)).toEqual(['/echo']);
      expect(isGhlAuthError(error.cause) ? error.cause.code : undefined).toBe(code);
    }
  });

  it('has nothing of the token in config, request, response and headers', async () => {
    backend.simulator.forceApiAnswer(answer, { times: 1 });
    const { error } = await refused({ locationId });
    const token = await backend.tokens.getAccessToken({ locationId });
    expect(JSON.stringify([error, error.config, error.request, error.response])).not.toContain(token);
    expect(error.config?.headers.has('Authorization')).toBe(false);
    expect(error.response?.config).toBe(error.config);
    expect(error.request).toMatchObject({ method: 'GET', path: '/echo' });
  });
});

describe('HighLevel’s words count, whatever their form', () => {
  it.each([
    ['a list', { message: ['The token is not authorized for this scope.'] }],
    ['upper case', { message: 'THE TOKEN IS NOT AUTHORIZED FOR THIS SCOPE.' }],
    ['OAuth style', { error: 'invalid_scope', error_description: 'The token is not authorized for this scope.' }],
    ['plain text', 'The token is not authorized for this scope.'],
  ])('%s', async (_, body) => {
    backend.simulator.forceApiAnswer({ status: 401, body }, { times: 1 });
    const { error, entries } = await refused({ locationId });
    expect(error).toMatchObject({
      response: { data: body },
      cause: { code: 'GHL_SCOPE_MISSING', installation: { locationId } },
    });
    expect(entries).toHaveLength(1);
  });
});

describe('what really leads to such answers', () => {
  it('a scope that the customer has not agreed to', async () => {
    const place = backend.simulator.addLocation();
    await backend.tokens.exchangeCode(
      backend.simulator.installLocation(place.locationId, { scopes: ['oauth.readonly'] }).code,
    );
    const { error, entries } = await refused(
      { locationId: place.locationId },
      { url: `/locations/${place.locationId}` },
    );
    expect([error.response?.status, (error.cause as { code?: string }).code]).toEqual([401, 'GHL_SCOPE_MISSING']);
    expect(entries).toHaveLength(1);
  });

  it('the other kind of installation', async () => {
    const { companyId } = await backend.company();
    const { error, entries } = await refused({ companyId }, { url: '/contacts/', params: { locationId } });
    expect([error.response?.status, (error.cause as { code?: string }).code]).toEqual([401, 'GHL_TOKEN_TYPE_MISMATCH']);
    expect(entries).toHaveLength(1);
  });

  it('a Version that does not exist', async () => {
    const { error, entries } = await refused({ installation: { locationId }, apiVersion: '1999-01-01' });
    expect([error.response?.status, error.response?.data.message]).toEqual([401, 'version header is invalid']);
    expect(entries).toHaveLength(1);
  });

  it('a location of somebody else', async () => {
    const { error, entries } = await refused(
      { locationId },
      { url: `/locations/${(await backend.location()).locationId}` },
    );
    expect([error.response?.status, error.response?.data.message]).toEqual([
      403,
      'The token does not have access to this location.',
    ]);
    expect(entries).toHaveLength(1);
  });
});

describe('an answer that says nothing about the token', () => {
  it.each([400, 402, 404, 409, 422, 429, 500, 502, 503, 504])('%i is axios’ own error', async (status) => {
    backend.simulator.forceApiAnswer({ status }, { times: 1 });
    const { error, entries } = await refused({ locationId });
    expect(error).toMatchObject({
      response: { status },
      code: status < 500 ? 'ERR_BAD_REQUEST' : 'ERR_BAD_RESPONSE',
    });
    expect(error.cause).toBeUndefined();
    expect(entries).toHaveLength(1);
  });

  it('a connection that breaks is axios’ own error, cleaned', async () => {
    const token = await backend.tokens.getAccessToken({ locationId });
    for (const adapter of ['http', 'fetch'] as const) {
      backend.simulator.forceApiAnswer({ kind: 'reset' }, { times: 1 });
      const { error, entries } = await refused({ locationId }, { adapter });
      expect(error.code).toBe(adapter === 'http' ? 'ECONNRESET' : 'ERR_NETWORK');
      expect(error.config?.headers.has('Authorization')).toBe(false);
      expect(JSON.stringify(error.request)).not.toContain(token);
      expect(entries).toHaveLength(1);
    }
  });

  it('a redirect that is not followed is the caller’s', async () => {
    const { error, entries } = await refused(
      { locationId },
      { url: '/redirect', params: { to: '/echo' }, maxRedirects: 0 },
    );
    expect(error).toMatchObject({ response: { status: 302, headers: { location: '/echo' } } });
    expect(entries).toHaveLength(1);
  });
});
