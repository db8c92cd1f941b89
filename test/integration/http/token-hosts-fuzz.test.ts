import { EventEmitter } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Backend } from '../../support/backend.js';

/** Repeat a failed run with the seed that fast-check prints; for a long run: HOSTS_SEED=… HOSTS_RUNS=100000 */
const seed = Number(process.env['HOSTS_SEED'] ?? 20_261_125);
const numRuns = Number(process.env['HOSTS_RUNS'] ?? 1_500);

const HOME = 'https://services.leadconnectorhq.com';
const ALLOWED = new Set(['services.leadconnectorhq.com', 'api.white-label.example']);
const TOKEN = 'the-token';
const locationId = 'home';

/** What Node's own request would be made with. */
interface Outgoing {
  readonly protocol?: string | null;
  readonly hostname?: string | null;
  readonly host?: string | null;
  readonly port?: string | number | null;
  readonly socketPath?: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

let backend: Backend;
let outgoing: Outgoing[] = [];

/** In place of Node's `https`: notes where the request would go, and breaks it off. Nothing leaves this machine. */
const transport = {
  request: (options: Outgoing) => {
    outgoing.push(options);
    const request = Object.assign(new EventEmitter(), {
      setTimeout: () => undefined,
      destroy: () => undefined,
      write: () => true,
    });
    return Object.assign(request, { end: () => queueMicrotask(() => request.emit('error', new Error('broken off'))) });
  },
};

beforeAll(async () => {
  backend = await Backend.start({ options: { apiBaseUrl: HOME, allowedHosts: ['api.white-label.example'] } });
  await backend.tokens.importTokens(
    { locationId },
    { accessToken: TOKEN, expiresAt: new Date(Date.now() + 86_400_000) },
  );
});
afterAll(() => backend.close());

const piece = fc.constantFrom(
  ...[
    'https://',
    'http://',
    'HTTPS://',
    'https:',
    '//',
    '/',
    '\\',
    '\\\\',
    'ftp://',
    'data:',
    '/\\',
    ' ',
    '\t',
    '\n',
    '\u00a0',
  ],
  ...[
    'services.leadconnectorhq.com',
    'SERVICES.leadconnectorhq.com',
    'services%2eleadconnectorhq%2ecom',
    'leadconnectorhq.com',
  ],
  ...[
    'services。leadconnectorhq。com',
    'ｓervices.leadconnectorhq.com',
    'serv\u00adices.leadconnectorhq.com',
    'ѕervices.leadconnectorhq.com',
  ],
  ...[
    'api.white-label.example',
    'evil.example',
    'x.',
    '.evil.example',
    'evil.example%2f',
    '2130706433',
    '0x7f.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '127.0.0.1',
  ],
  ...[
    '@',
    ':',
    ':443',
    ':8443',
    '.',
    '..',
    '?',
    '#',
    '%00',
    '%2f',
    '%5c',
    '%40',
    ';',
    'me:mine@',
    'echo',
    'a=b',
    '{',
    '^',
    '|',
  ],
);
const text = fc.oneof(
  { weight: 4, arbitrary: fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.webUrl({ withQueryParameters: true, withFragments: true }) },
);
const config = fc.record(
  {
    url: text,
    baseURL: fc.oneof(fc.constantFrom(HOME, `${HOME}/`, `${HOME}/v1`, '', 'https://api.white-label.example'), text),
    allowAbsoluteUrls: fc.boolean(),
    params: fc.dictionary(
      fc.constantFrom('a', '@evil.example', '#', '/'),
      fc.oneof(fc.string(), fc.constantFrom('//evil.example', '@')),
      { maxKeys: 2 },
    ),
    paramsSerializer: fc.constantFrom(
      { serialize: () => '@evil.example' },
      { serialize: () => '/../..//evil.example' },
    ),
    method: fc.constantFrom('get', 'post'),
  },
  { requiredKeys: ['url'] },
);

const addressOf = ({ protocol, hostname, host, port }: Outgoing): string =>
  `${protocol ?? 'https:'}//${hostname ?? host ?? 'localhost'}${port ? `:${port}` : ''}`;
const isHome = (request: Outgoing): boolean => {
  const url = URL.canParse(addressOf(request)) ? new URL(addressOf(request)) : null;
  return url?.protocol === 'https:' && ALLOWED.has(url.host) && request.socketPath === undefined;
};
const carriesToken = ({ headers }: Outgoing): boolean => JSON.stringify(headers).includes(TOKEN);

it(
  'whatever URL it is, Node is given the token for HighLevel’s hosts only, and the error shows none',
  async () => {
    let sent = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(config, async (given) => {
        outgoing = [];
        const request = { ...given, transport, maxRedirects: 0, proxy: false as const, ghl: { locationId } };
        const error: unknown = await backend.axios.request(request as never).catch((thrown: unknown) => thrown);
        for (const one of outgoing) {
          expect({ to: addressOf(one), isHome: isHome(one) }).toEqual({ to: addressOf(one), isHome: true });
          expect(carriesToken(one)).toBe(true);
        }
        if (outgoing.length > 0) sent += 1;
        if ((error as { code?: unknown }).code === 'GHL_FOREIGN_HOST') refused += 1;
        expect(String((error as Error).stack) + JSON.stringify(error)).not.toContain(TOKEN);
      }),
      { seed, numRuns },
    );
    expect({ sent: sent > numRuns / 20, refused: refused > numRuns / 20 }).toEqual({ sent: true, refused: true });
  },
  Math.max(60_000, numRuns * 20),
);
