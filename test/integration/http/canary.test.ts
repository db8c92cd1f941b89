import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { AxiosRequestConfig } from 'axios';
import { firstValueFrom } from 'rxjs';
import { InMemoryRepository, type GhlRequest } from '../../../lib/index.js';
import type { AnswerName, FaultAction, FaultMatch } from '../../../lib/testing.js';
import { Backend } from '../../support/backend.js';
import { startOtherServer, type OtherServer } from './support/other-server.js';
import { SecretSearch } from './support/secret-search.js';

jest.setTimeout(60_000);

/** Everything that a host gets to see, and could log. */
const seen: { readonly where: string; readonly value: unknown }[] = [];
const note = (where: string, value: unknown): void => void seen.push({ where, value });

/** A store whose every failure shows what it was given, as database drivers do. */
class TalkativeRepository extends InMemoryRepository {
  isFailing = false;

  override async save(...given: Parameters<InMemoryRepository['save']>): Promise<boolean> {
    if (!this.isFailing) return super.save(...given);
    throw Object.assign(new Error(`INSERT failed: ${JSON.stringify(given)}`), {
      parameters: given,
      cause: new Error(given[0].body),
    });
  }
}

const repository = new TalkativeRepository();
let backend: Backend;
let foreign: OtherServer;

beforeAll(async () => {
  foreign = await startOtherServer();
  backend = await Backend.start({ repository, options: { timeouts: { highLevelMs: 800, tokenWaitMs: 10_000 } } });
});
afterAll(() => foreign.close());

const STYLES: readonly (readonly [string, AxiosRequestConfig])[] = [
  ['http', {}],
  ['http, stream', { responseType: 'stream' }],
  ['http, arraybuffer', { responseType: 'arraybuffer' }],
  ['http, no redirects', { maxRedirects: 0 }],
  ['fetch', { adapter: 'fetch' }],
  ['fetch, stream', { adapter: 'fetch', responseType: 'stream' }],
];

/** Sends a request and notes what came of it: the answer or the error, and how a stream ended. */
const send = async (where: string, ghl: GhlRequest, config: AxiosRequestConfig = {}): Promise<unknown> => {
  const outcome: unknown = await backend.axios
    .request({ url: '/echo', ...config, ghl })
    .catch((error: unknown) => error);
  note(where, outcome);
  const { data, response } = outcome as { data?: unknown; response?: { data?: unknown } };
  for (const stream of [data, response?.data]) {
    if (stream instanceof Readable)
      await finished(stream.resume()).catch((error: unknown) => note(`${where}, its stream`, error));
  }
  return outcome;
};

const location = async (): Promise<string> => (await backend.location()).locationId;
const deadLocation = async (): Promise<string> => (await backend.locationWithDeadToken()).locationId;

describe.each(STYLES)('%s', (style, config) => {
  it('successes, recoveries and refusals', async () => {
    await send(`${style}: 200`, { locationId: await location() }, config);
    await send(`${style}: recovered`, { locationId: await deadLocation() }, config);
    note(
      `${style}: observable`,
      await firstValueFrom(backend.http.get('/echo', { ...config, ghl: { locationId: await deadLocation() } })),
    );
    const locationId = await location();
    backend.travel(10_000);
    const answers: readonly (AnswerName | FaultAction)[] = [
      'scopeMissing',
      'wrongAuthClass',
      'userTypeMismatch',
      'versionInvalid',
      'noLocationAccess',
      'invalidJwt',
      { status: 429 },
      { status: 500 },
      { status: 302, headers: { location: foreign.url } },
    ];
    for (const answer of answers) {
      backend.simulator.forceApiAnswer(answer, { times: 1 });
      await send(`${style}: ${JSON.stringify(answer)}`, { locationId }, config);
    }
    await send(
      `${style}: too many redirects`,
      { locationId },
      { ...config, maxRedirects: 2, url: '/redirect?to=/redirect?to=/redirect?to=/echo' },
    );
  });

  it('connections that break, time limits and callers who go away', async () => {
    const locationId = await location();
    for (const kind of ['reset', 'lost'] as const) {
      backend.simulator.forceApiAnswer({ kind }, { times: 1 });
      await send(`${style}: ${kind}`, { locationId }, config);
    }
    backend.simulator.forceApiAnswer({ kind: 'hang' }, { times: 1 });
    await send(`${style}: timeout`, { locationId }, { ...config, timeout: 30 });
    backend.simulator.forceApiAnswer({ kind: 'hang' }, { times: 1 });
    await send(`${style}: cancelled`, { locationId }, { ...config, signal: AbortSignal.timeout(30) });
    for (const [name, more] of [
      ['cancelled in mid-air', { signal: AbortSignal.timeout(60) }],
      ['too large', { maxContentLength: 1_000 }],
    ] as const) {
      backend.simulator.forceApiAnswer({ status: 200, body: 'x'.repeat(1_000_000) }, { times: 1 });
      await send(`${style}: ${name}`, { locationId }, { ...config, ...more });
    }
    const failing = Readable.from(
      (function* () {
        yield 'a';
        throw new Error('the upload broke off');
      })(),
    );
    await send(`${style}: upload`, { locationId }, { ...config, method: 'post', data: failing });
    await send(
      `${style}: upload too large`,
      { locationId },
      { ...config, method: 'post', data: Readable.from(['abc', 'def']), maxBodyLength: 4 },
    );
    await send(
      `${style}: spent`,
      { locationId: await deadLocation() },
      { ...config, method: 'post', data: Readable.from(['abc']) },
    );
  });

  it('requests that may not be sent', async () => {
    const locationId = await location();
    await send(`${style}: foreign host`, { locationId }, { ...config, url: `${foreign.url}/x?a=b` });
    await send(`${style}: malformed`, { locationId: '../x' }, config);
    await send(`${style}: unknown`, { locationId: 'unknown' }, config);
    await send(`${style}: nobody`, false, config);
  });
});

describe('recoveries that fail', () => {
  const OAUTH: readonly (readonly [string, FaultAction, FaultMatch?])[] = [
    ['503', { status: 503 }],
    ['429', { retryAfter: 5 }],
    ['reset', { kind: 'reset' }],
    ['hang', { kind: 'hang' }],
    ['html', { kind: 'html' }],
    ['half an answer', { kind: 'truncated' }],
    ['tokens in an answer that cannot be read', { kind: 'wrongTypes', handled: true }],
    ['tokens in half an answer', { kind: 'truncated', handled: true }],
    ['tokens and an error', { kind: 'errorInside', handled: true }],
    ['a huge answer', { kind: 'huge', handled: true }],
    ['an answer that was lost', { kind: 'lost' }],
    ['a wrong secret', { answer: 'clientRejected' }],
    ['an inactive place', { answer: 'placeInactive' }],
  ];

  it.each(OAUTH)('%s', async (name, action) => {
    const locationId = await deadLocation();
    const outage = backend.simulator.outage(action, { path: 'oauth', locationId });
    await send(name, { locationId });
    note(`${name}: status`, await backend.tokens.status({ locationId }).catch((error: unknown) => error));
    note(`${name}: reconnect`, await backend.reconnects.reconnect({ locationId }).catch((error: unknown) => error));
    outage.end();
    backend.travel(120_000);
    await send(`${name}, later`, { locationId });
  });

  it('HighLevel repeats in its error what it was sent', async () => {
    const locationId = await deadLocation();
    const { refreshToken } = backend.simulator.issueTokens({ locationId });
    for (const secret of [refreshToken, backend.app.client.clientSecret, encodeURIComponent(refreshToken)]) {
      const body = { statusCode: 400, message: [`refused: ${secret}`], error: secret };
      const outage = backend.simulator.outage({ status: 400, body }, { path: 'oauth' });
      await send('repeated', { locationId });
      note('repeated: reconnect', await backend.reconnects.reconnect({ locationId }).catch((error: unknown) => error));
      note('repeated: code', await backend.tokens.exchangeCode(refreshToken).catch((error: unknown) => error));
      outage.end();
      backend.travel(120_000);
    }
  });

  it('a dead grant, and a code that is none', async () => {
    const locationId = await deadLocation();
    backend.simulator.invalidateAll({ locationId });
    backend.simulator.setReconnect('removed', { place: { locationId } });
    await send('dead', { locationId });
    await send('dead, again', { locationId }, { responseType: 'stream' });
    const { code } = backend.simulator.authorizeAgain({ locationId });
    note('exchanged', await backend.tokens.exchangeCode(code));
    note('exchanged twice', await backend.tokens.exchangeCode(code).catch((error: unknown) => error));
  });

  it('a store that shows in its errors what it was given', async () => {
    const locationId = await deadLocation();
    repository.isFailing = true;
    await send('store', { locationId });
    note(
      'store: code',
      await backend.tokens
        .exchangeCode(backend.simulator.authorizeAgain({ locationId }).code)
        .catch((error: unknown) => error),
    );
    repository.isFailing = false;
    backend.travel(120_000);
    await send('store, again', { locationId });
  });

  it('HighLevel is not there at all', async () => {
    const [good, dead] = [await location(), await deadLocation()];
    await backend.server.down();
    await send('down', { locationId: good });
    await send('down, fetch', { locationId: good }, { adapter: 'fetch' });
    backend.travel(86_400_000);
    await send('down, without a token', { locationId: dead });
    await backend.server.start();
  });
});

it('no secret is in anything that a host gets to see', async () => {
  await backend.close();
  expect(seen.length).toBeGreaterThan(150);
  expect(backend.log.length).toBeGreaterThan(50);
  expect(backend.told.length).toBeGreaterThan(20);
  expect(backend.watched.length).toBeGreaterThan(20);
  const search = new SecretSearch([
    ...backend.simulator.secrets(),
    ...backend.app.clients.map(({ clientSecret }) => clientSecret),
  ]);
  for (const { where, value } of seen) search.through(where, value);
  search.through('log', backend.log.join('\n')).through('told', backend.told).through('changes$', backend.watched);
  expect(search.leaks.slice(0, 5)).toEqual([]);
});
