import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Desk } from './support/desk.js';

describe('ghl-auth drill', () => {
  let desk: Desk;
  beforeEach(async () => void (desk = await Desk.set()));
  afterEach(() => desk.clear());

  it('shows a call that HighLevel refuses, the recovery, and the call again', async () => {
    const locationId = await desk.location();
    const mark = desk.simulator.ledger.mark();
    const { code, out, err } = await desk.run(`drill ${locationId}`, { answer: 'y' });
    expect([code, err]).toEqual([0, expect.stringContaining('a test location?')]);
    expect(out.trim().split('\n')).toEqual([
      'call\tHTTP 401 Invalid JWT / Unauthorized',
      'repeated\tHTTP 200',
      expect.stringMatching(
        /^stored\ta new pair, by refresh, generation 2; active; its access token lives \(HTTP 200\)$/,
      ),
      'drill\tpassed',
    ]);
    expect(desk.simulator.ledger.since(mark).entries.map(({ path, status }) => [path, status])).toEqual([
      [`/locations/${locationId}`, 401],
      ['/oauth/token', 200],
      [`/locations/${locationId}`, 200],
      [`/locations/${locationId}`, 200],
    ]);
  });

  it('does the same through Reconnect, as if both tokens were lost', async () => {
    const locationId = await desk.location();
    const { code, json } = await desk.run(`drill ${locationId} --reconnect --yes --json`);
    expect(code).toBe(0);
    expect(json().map(({ step }) => step)).toEqual(['call', 'recovered', 'stored', 'drill']);
    expect(await desk.status(locationId)).toMatchObject({ origin: 'reconnect' });
  });

  it('leaves the pair of before as it was where Reconnect fails', async () => {
    const locationId = await desk.location();
    const place = desk.backend.keeper.placeOf({ locationId });
    const before = (await desk.backend.store.find(place.key))!.installation;
    desk.simulator.setReconnect('removed');
    const { code, out } = await desk.run(`drill ${locationId} --reconnect --yes`);
    expect(code).toBe(3);
    expect(out).toContain('stored\tthe pair of before; active; its access token lives (HTTP 200)');
    expect(out).toContain('drill\tfailed');
    expect((await desk.backend.store.find(place.key))!.installation.credential).toEqual(before.credential);
  });

  it.each([
    ['all', 'drill'],
    ['refresh', 'drill'],
    ['reconnect', 'drill --reconnect'],
  ])('is not held while the way that it takes is paused (%s)', async (scope, line) => {
    const locationId = await desk.location();
    await desk.run(`pause ${scope}`);
    const mark = desk.simulator.ledger.mark();
    expect(await desk.run(`${line} ${locationId} --yes`)).toMatchObject({ code: 5, out: '' });
    expect(desk.simulator.ledger.since(mark).entries).toEqual([]);
  });

  it('fails where HighLevel does not take the new pair either', async () => {
    const locationId = await desk.location();
    desk.simulator.forceApiAnswer({ answer: 'accessTokenInvalid' });
    expect(await desk.run(`drill ${locationId} --yes`)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/a new pair[^]*drill\tfailed/),
    });
  });

  it('waits while the token is only seconds old', async () => {
    const locationId = await desk.location();
    await desk.tokens.refresh({ locationId });
    await desk.clock.advance(4_500);
    expect(await desk.run(`drill ${locationId} --yes`)).toMatchObject({ code: 0 });
  });

  it('is not held where the module would not recover, or what is in trouble already', async () => {
    const often = await desk.location();
    for (let times = 0; times < 2; times += 1) {
      expect(await desk.run(`drill ${often} --yes`)).toMatchObject({ code: 0 });
      await desk.clock.advance(25_000);
    }
    const generation = (await desk.status(often)).generation;
    expect(await desk.run(`drill ${often} --yes`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('2 tokens of this location in a row were rejected'),
    });
    expect(await desk.status(often)).toMatchObject({ generation, state: 'active' });
    const ended = await desk.endedLocation();
    expect(await desk.run(`drill ${ended} --yes`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('needs one that is well'),
    });
  });
});
