import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { canary, Canary } from '../../support/canary/canary.js';
import { makeKey } from '../../support/sealing.js';
import { FaultySink } from '../../support/faulty-sink.js';
import { Workbench, type Instance } from '../../support/workbench.js';

const TOKEN = `eyJhbGciOiJSUzI1NiJ9.${Array.from({ length: 300 }, (_, index) => (index * index + 46_656).toString(36)).join('')}`;
const KEY = 'q+/3Zk0=aB"c\\d9+/vNqS7Yw0+xT1uE5hLm8pRfG2jK=';

const leaksIn = (value: unknown): number => {
  const own = new Canary();
  own.keepSecret(TOKEN);
  own.keepSecret(KEY);
  own.look('here', value);
  return own.takeLeaks().count;
};

describe('the canary finds', () => {
  it.each<[string, unknown]>([
    ['a whole secret', `token=${TOKEN}`],
    ['one that is URL-encoded', new URL(`https://x.example/?t=${encodeURIComponent(KEY)}`).href],
    ['one in JSON', JSON.stringify({ key: KEY })],
    ['one in JSON in JSON', JSON.stringify({ body: JSON.stringify({ key: KEY }) })],
    ['one in base64, behind something else', `Basic ${Buffer.from(`client:${KEY}`).toString('base64')}`],
    ['one in base64url', Buffer.from(`ab${TOKEN}yz`).toString('base64url')],
    ['one in hexadecimal', Buffer.from(KEY).toString('hex')],
    ['the first sixteen characters', `token ${TOKEN.slice(0, 16)}…`],
    ['the last sixteen', TOKEN.slice(-16)],
    ['sixteen in base64', Buffer.from(`a ${TOKEN.slice(100, 116)} b`).toString('base64')],
    ['one in a cause of a cause', new Error('a', { cause: new Error('b', { cause: new Error(TOKEN) }) })],
    ['one in a property of an error', Object.assign(new Error('x'), { config: { headers: { Authorization: TOKEN } } })],
    ['one in a stack', Object.assign(new Error('x'), { stack: `Error: ${TOKEN}` })],
    ['one in bytes', { body: Buffer.from(`x${TOKEN}`) }],
  ])('%s', (_, value) => expect(leaksIn(value)).toBeGreaterThan(0));

  it('every piece of sixteen characters, wherever it begins', () => {
    for (let start = 0; start + 16 <= TOKEN.length; start += 1) {
      const around = `.${TOKEN.slice(start, start + 16)}.`;
      if (leaksIn(around) === 0) throw new Error(`Missed the piece at ${start}`);
    }
  });

  it('every piece of a token among those of thousands that begin alike', () => {
    const own = new Canary();
    const tokens = Array.from({ length: 3_000 }, (_, index) => TOKEN.slice(0, 200) + makeKey('k').key + index);
    for (const token of tokens) own.keepSecret(token);
    for (const token of tokens) own.look('here', token.slice(200, 216));
    expect(own.takeLeaks().count).toBe(tokens.length);
  });

  it('nothing where there is less, or nothing', () => {
    expect(leaksIn([TOKEN.slice(0, 15), TOKEN.slice(40, 55), KEY.slice(-15)].join(' '))).toBe(0);
    expect(leaksIn(new Error('x', { cause: { location: 'abcdefghijklmnopqrst', headers: {} } }))).toBe(0);
  });

  it('and never shows what it has found', () => {
    const own = new Canary();
    own.keepSecret(TOKEN);
    own.look('log', `token=${TOKEN}`);
    const { told } = own.takeLeaks();
    expect(told).toEqual([expect.objectContaining({ where: 'log', form: 'plain' })]);
    expect(JSON.stringify(told)).not.toContain(TOKEN.slice(0, 8));
  });
});

describe('the canary looks at', () => {
  let bench: Workbench;
  let instance: Instance;
  let sink: FaultySink;
  let ref: { readonly locationId: string };
  beforeEach(async () => {
    bench = new Workbench();
    sink = new FaultySink();
    instance = bench.instance({ options: { sealing: { keys: [makeKey('k1')] } }, emergencySink: sink });
    ref = await bench.installed(instance);
  });
  // What these tests have let out on purpose.
  afterEach(() => void canary.takeLeaks());

  const secret = (): string => bench.simulator.issueTokens(ref).refreshToken;
  const told = (): string[] => canary.takeLeaks().told.map(({ where }) => where);

  it.each(['debug', 'info', 'warn', 'error'] as const)('what is logged at %s', (level) => {
    instance.engine.log[level]('Refreshed', { key: secret().slice(60, 76) });
    expect(told()).toEqual([`log, ${level}.fields.key`]);
  });

  it('what is printed', () => {
    process.stderr.write(`${secret().slice(60, 76)}\n`);
    expect(told()).toEqual(['stderr']);
  });

  it('errors that leave the services, with what hangs on them', async () => {
    const error = Object.assign(new Error('x'), { held: secret() });
    await expect(bench.run(instance.tokens.withAccessToken(ref, () => Promise.reject(error)))).rejects.toBe(error);
    expect(told()).toEqual(['error of TokenService.withAccessToken().held']);
  });

  it('what reaches the store while it is to be sealed: the columns, and a body that is not', async () => {
    const { engine } = bench.instance({ options: { sealing: { keys: [makeKey('k1')] } } });
    const sealer: unknown = await engine.sealer();
    const { records } = sealer as { records: { save(draft: object, expected: null): Promise<unknown> } };
    const draft = { kind: 'app', group: null, due: null, format: 1, body: '{}' };
    await bench.run(records.save({ ...draft, key: 'app/a', clientId: secret().slice(-20) }, null));
    expect(told()).toEqual(['stored record.clientId']);
    Object.assign(records, {
      codec: { ...(records as unknown as { codec: object }).codec, seal: (text: string) => `plain.1:${text}` },
    });
    await bench.run(records.save({ ...draft, key: 'app/b', body: secret() }, null));
    expect(told()).toEqual(['stored record.body']);
  });

  it('all of this in every test: what has come by', async () => {
    await bench.clock.advance(86_400_000);
    await bench.run(instance.tokens.getAccessToken(ref));
    await bench.run(instance.engine.sweeper.run());
    await bench.run(instance.tokens.status(ref));
    await bench.run(instance.tokens.markUninstalled(ref));
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject({ code: 'GHL_UNINSTALLED' });
    await bench.run(instance.engine.teller.settled());
    for (const place of [
      'stored record',
      'notice',
      'changes$',
      'answer of Sweeper.run()',
      'answer of TokenService.status()',
      'error of TokenService.getAccessToken()',
    ])
      expect(canary.counts.places.get(place)).toBeGreaterThan(0);
    expect(canary.takeLeaks().told).toEqual([]);
  });
});
