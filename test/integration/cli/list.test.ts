import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Desk } from './support/desk.js';

describe('ghl-auth list', () => {
  let desk: Desk;
  beforeEach(async () => void (desk = await Desk.set()));
  afterEach(() => desk.clear());

  const named = (out: string): string[] =>
    out.split('\n').flatMap((line) => /(?:location|company):[\w-]+/.exec(line) ?? []);

  it('shows every installation: in a pipe a line each, on a terminal a table with a head', async () => {
    const [well, ended] = [await desk.location(), await desk.endedLocation()];
    const piped = await desk.run('list');
    expect(piped).toMatchObject({ code: 0, err: '' });
    expect(named(piped.out).sort()).toEqual([`location:${well}`, `location:${ended}`].sort());
    expect(piped.out.split('\n')[0]?.split('\t')).toHaveLength(5);
    const { out } = await desk.run('list', { isTerminal: true });
    expect(out).toMatch(/^INSTALLATION +STATE +SINCE +REASON +NEXT\n/);
    expect(out).toMatch(new RegExp(`location:${ended} +needs_reauthorization .+ GHL_RECONNECT_UNAVAILABLE`));
  });

  it('selects by state, by reason and by number', async () => {
    const [well, ended] = [await desk.location(), await desk.endedLocation()];
    expect(named((await desk.run('list --state active')).out)).toEqual([`location:${well}`]);
    expect(named((await desk.run('list --state pending,needs_reauthorization')).out)).toEqual([`location:${ended}`]);
    expect(named((await desk.run('list --error GHL_RECONNECT_UNAVAILABLE')).out)).toEqual([`location:${ended}`]);
    expect(named((await desk.run('list --limit 1')).out)).toHaveLength(1);
  });

  it('selects what dies at its next loss', async () => {
    const hangs = await desk.location();
    expect(named((await desk.run('list --one-way-back')).out)).toEqual([]);
    await desk.endedLocation(); // HighLevel says that it has removed Reconnect
    expect(named((await desk.run('list --one-way-back')).out)).toEqual([`location:${hangs}`]);
  });

  it('selects a company and its locations, the company first', async () => {
    const { companyId } = desk.simulator.addCompany();
    await desk.tokens.exchangeCode(desk.simulator.installCompany(companyId).code);
    const inside = await desk.location(companyId);
    await desk.location();
    expect(named((await desk.run(`list --company ${companyId}`)).out)).toEqual([
      `company:${companyId}`,
      `location:${inside}`,
    ]);
  });

  it('is a line of JSON for each, with what status() says', async () => {
    const locationId = await desk.location();
    const { code, json } = await desk.run('list --json');
    const status = await desk.status(locationId);
    expect([code, json()]).toEqual([0, [JSON.parse(JSON.stringify(status))]]);
  });

  it('says that nothing matches, and ends with 4', async () => {
    await desk.location();
    expect(await desk.run('list --state suspended')).toMatchObject({ code: 4, out: '', err: 'Nothing matches.\n' });
  });

  it('passes over what cannot be read, says how many, and ends with 1', async () => {
    const [readable, broken] = [await desk.location(), await desk.location()];
    const record = await desk.repository.find(desk.backend.keeper.placeOf({ locationId: broken }).key);
    await desk.repository.save({ ...record!, body: 'nonsense', version: 5 }, record!.version);
    const { code, out, err } = await desk.run('list');
    expect([code, named(out)]).toEqual([1, [`location:${readable}`]]);
    expect(err).toContain('1 records could not be read');
  });

  it('refuses a state or a reason that does not exist, before anything is opened', async () => {
    for (const line of ['list --state dead', 'list --error GHL_NOTHING', 'list --limit 0', 'list --limit x'])
      expect(await desk.run(line)).toMatchObject({ code: 2, out: '' });
    expect(desk.closed).toBe(0);
  });
});
