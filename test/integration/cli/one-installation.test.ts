import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Desk } from './support/desk.js';

describe('one installation', () => {
  let desk: Desk;
  beforeEach(async () => void (desk = await Desk.set()));
  afterEach(() => desk.clear());

  describe('ghl-auth show', () => {
    it('says what happened, when, why, and what comes next, with what support asks for and the link for the customer', async () => {
      const locationId = await desk.endedLocation();
      const { trouble } = await desk.status(locationId);
      const { code, out } = await desk.run(`show ${locationId}`);
      expect(code).toBe(0);
      expect(out).toContain('state\tneeds_reauthorization since 2');
      expect(out).toContain('reason\tGHL_RECONNECT_UNAVAILABLE: Reconnecting: HTTP 400 API endpoint has been removed');
      expect(out).toContain(`trace id\t${trouble!.traceId}`);
      expect(out).toContain('next\twaits for the customer');
      expect(out).toContain(`reauthorize\thttps://marketplace.gohighlevel.com/v2/oauth/chooselocation?`);
    });

    it('says when one that is well is renewed, and what is paused', async () => {
      const locationId = await desk.location();
      await desk.run(['pause', 'refresh', '--reason', 'burning']);
      const [status] = (await desk.run(['show', `location:${locationId}`, '--json'])).out.split('\n}\n');
      expect(JSON.parse(`${status}}`)).toMatchObject({
        installation: { locationId },
        state: 'active',
        trouble: null,
        next: expect.stringMatching(/^renewed by the sweep .+ \(in \d+ h\)/),
        pauses: [{ scope: 'refresh', reason: 'burning' }],
      });
    });

    it('calls nobody, and changes nothing', async () => {
      const locationId = await desk.location();
      const before = await desk.repository.find(desk.backend.keeper.placeOf({ locationId }).key);
      const mark = desk.simulator.ledger.mark();
      await desk.run(`show ${locationId}`);
      expect(desk.simulator.ledger.since(mark).entries).toEqual([]);
      expect(await desk.repository.find(before!.key)).toEqual(before);
    });
  });

  describe('ghl-auth verify', () => {
    it('asks HighLevel whether the access token lives: 0, or 3 where it was rejected, and repairs nothing', async () => {
      const [well, dead] = [await desk.location(), await desk.location()];
      desk.simulator.killAccessToken({ locationId: dead });
      const mark = desk.simulator.ledger.mark();
      expect(await desk.run(`verify ${well}`)).toMatchObject({
        code: 0,
        out: expect.stringContaining('lives (HTTP 200)'),
      });
      expect(await desk.run(`verify ${dead}`)).toMatchObject({
        code: 3,
        out: expect.stringContaining('rejected (HTTP 401'),
      });
      expect(desk.simulator.ledger.since(mark).entries.map(({ path }) => path)).toEqual([
        `/locations/${well}`,
        `/locations/${dead}`,
      ]);
    });

    it('asks for a company by its own path', async () => {
      const { companyId } = desk.simulator.addCompany();
      await desk.tokens.exchangeCode(desk.simulator.installCompany(companyId).code);
      expect(await desk.run(`verify company:${companyId}`)).toMatchObject({ code: 0 });
      expect(desk.simulator.ledger.entries.at(-1)?.path).toBe(`/companies/${companyId}`);
    });

    it.each([
      ['a refusal of the scope', { answer: 'scopeMissing' }, 0, 'lives'],
      ['a place that the token has no access to', { answer: 'noLocationAccess' }, 0, 'lives'],
      ['a server error', { status: 503 }, 1, 'unknown'],
      ['a rate limit', { answer: 'rateLimited' }, 1, 'unknown'],
      ['a proxy without a word of HighLevel', { answer: 'userAgentMissing' }, 1, 'unknown'],
      ['a version that HighLevel does not know', { answer: 'versionInvalid' }, 1, 'unknown'],
    ] as const)('takes %s for what it says of the token', async (_, answer, code, verdict) => {
      const locationId = await desk.location();
      desk.simulator.forceApiAnswer(answer);
      expect(await desk.run(`verify ${locationId} --json`)).toMatchObject({
        code,
        out: expect.stringContaining(`"verdict": "${verdict}"`),
      });
    });

    it('asks nothing where the token has run out or there is none', async () => {
      const locationId = await desk.location();
      await desk.clock.advance(25 * 3_600_000);
      const mark = desk.simulator.ledger.mark();
      expect(await desk.run(`verify ${locationId}`)).toMatchObject({
        code: 3,
        out: expect.stringContaining('expired'),
      });
      await desk.tokens.markUninstalled({ locationId });
      expect(await desk.run(`verify ${locationId}`)).toMatchObject({ code: 3, out: expect.stringContaining('none') });
      expect(desk.simulator.ledger.since(mark).entries).toEqual([]);
    });
  });

  describe('ghl-auth reconnect', () => {
    it('reconnects after a yes, and shows what support asks for', async () => {
      const locationId = await desk.location();
      const ran = await desk.run(`reconnect ${locationId}`, { answer: 'yes' });
      expect(ran).toMatchObject({ code: 0, out: expect.stringMatching(/outcome\treconnected\n.*\ntrace id\t[\w-]+/) });
      expect(await desk.status(locationId)).toMatchObject({ origin: 'reconnect', generation: 2 });
    });

    it('does nothing after a no, and nothing where there is nobody to ask', async () => {
      const locationId = await desk.location();
      expect(await desk.run(`reconnect ${locationId}`, { answer: '' })).toMatchObject({
        code: 1,
        err: expect.stringContaining('Nothing was done.'),
      });
      expect(await desk.run(`reconnect ${locationId}`)).toMatchObject({
        code: 2,
        err: expect.stringContaining('pass --yes'),
      });
      expect(await desk.status(locationId)).toMatchObject({ origin: 'code', generation: 1 });
    });

    it('ends with 3 where HighLevel offers it no more, with 5 while it is paused', async () => {
      const locationId = await desk.location();
      desk.simulator.setReconnect('removed');
      expect(await desk.run(`reconnect ${locationId} --yes`)).toMatchObject({
        code: 3,
        err: expect.stringMatching(/API endpoint has been removed[^]*trace id: /),
      });
      desk.simulator.setReconnect('available');
      await desk.run('pause reconnect');
      expect(await desk.run(`reconnect ${locationId} --yes`)).toMatchObject({ code: 5 });
    });

    it('also brings back what the store does not know, with its parent and its client id', async () => {
      const { locationId, companyId } = desk.simulator.addLocation();
      const second = desk.app.clients[1]!.clientId;
      desk.simulator.installLocation(locationId, { clientId: second });
      const line = `reconnect ${locationId} --company ${companyId} --client-id ${second} --yes`;
      expect(await desk.run(line)).toMatchObject({ code: 0 });
      expect(await desk.status(locationId)).toMatchObject({ clientId: second, installation: { companyId } });
    });
  });

  it.each([
    'show',
    'show a:b',
    'show location:',
    'verify company:x --company y',
    'show x --company location:y',
    'reconnect a/b --yes',
    'drill company:abc --yes',
    'nothing',
    '',
    'pause everything',
    'resume everything',
    'pause --for 3',
    'pause --until yesterday',
    'pause --until 2030-01-01T00:00:00',
    'pause --until 2020-01-01T00:00:00Z',
    'pause --for 1h --until 2030-01-01T00:00:00Z',
  ])('a line that makes no sense ends with 2, and does nothing: %s', async (line) => {
    const mark = desk.simulator.ledger.mark();
    const { code, out, err } = await desk.run(line);
    expect([code, out]).toEqual([2, '']);
    expect(err.length).toBeGreaterThan(10);
    expect(desk.simulator.ledger.since(mark).entries).toEqual([]);
    expect(await desk.reconnects.pauses()).toEqual([]);
  });

  it.each(['show', 'verify', 'drill'])('ghl-auth %s of what the store does not know ends with 4', async (name) => {
    expect(await desk.run(`${name} nobody --yes`)).toMatchObject({ code: 4, out: '' });
  });
});

describe('ghl-auth pause and resume', () => {
  let desk: Desk;
  beforeEach(async () => void (desk = await Desk.set()));
  afterEach(() => desk.clear());

  it('stop and start recovery for the whole fleet, and show what is in force', async () => {
    const { code, out } = await desk.run(['pause', 'refresh', '--for', '30m', '--reason', 'a bug of ours']);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^paused\trefresh since .+ \(in 30 min\), a bug of ours\n$/),
    ]);
    const [pause] = await desk.reconnects.pauses();
    expect(pause!.until!.getTime() - desk.clock.now()).toBeGreaterThan(29 * 60_000);
    expect(await desk.run('pause')).toMatchObject({ code: 0, out: expect.stringContaining('all since') });
    expect(await desk.run('resume refresh')).toMatchObject({ code: 0, out: expect.stringContaining('all since') });
    expect(await desk.run('resume')).toMatchObject({ code: 0, out: 'paused\tnothing\n' });
    expect(await desk.reconnects.pauses()).toEqual([]);
  });

  it('show no control characters of a reason on the terminal, in whatever form', async () => {
    const reason = '\u001b[31mred\u009b2J\u2028';
    for (const line of [['pause', '--reason', reason], ['doctor'], ['resume', 'refresh', '--json']])
      expect((await desk.run(line, { isTerminal: true })).out).not.toMatch(/[^\P{Cc}\n\t]|\u2028/u);
  });
});

it('ghl-auth --version and --help need no file', async () => {
  const desk = await Desk.set();
  expect(await desk.run('--version')).toMatchObject({ code: 0, out: '1.2.3\n' });
  expect(await desk.run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('doctor') });
  expect(await desk.run('list --help')).toMatchObject({ code: 0, out: expect.stringContaining('--state') });
  await desk.clear();
});
