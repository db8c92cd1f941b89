import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Desk, type Ran } from './support/desk.js';

const idOf = ({ out }: Ran): string => /^job\t(\S+)/m.exec(out)![1] as string;

describe('many installations', () => {
  let desk: Desk;
  beforeEach(async () => void (desk = await Desk.set()));
  afterEach(() => desk.clear());

  /** Some that are well, and some whose access token has died. */
  const some = async (): Promise<{ readonly well: string[]; readonly dead: string[] }> => {
    const [well, dead] = [
      [await desk.location(), await desk.location()],
      [await desk.location(), await desk.location()],
    ];
    for (const locationId of dead) desk.simulator.killAccessToken({ locationId });
    return { well, dead };
  };

  describe('ghl-auth recover', () => {
    it('verifies and recovers after a yes, and shows what came of it', async () => {
      const { dead } = await some();
      const ran = await desk.run('recover --all', { answer: 'y' });
      expect(ran).toMatchObject({ code: 0, err: expect.stringContaining('stored installations: 4.') });
      expect(ran.out).toMatch(/^job\t[\w-]+\nabout\tstored installations\nway\tverify\nstate\tdone\ndone\t4 of 4\n/);
      expect(ran.out).toContain('healthy\t2\n');
      expect(ran.out).toContain('recovered\t2\n');
      for (const locationId of dead) expect(await desk.run(`verify ${locationId}`)).toMatchObject({ code: 0 });
    });

    it('does nothing after a no, and nothing where there is nobody to ask', async () => {
      await some();
      const mark = desk.simulator.ledger.mark();
      expect(await desk.run('recover --all', { answer: 'n' })).toMatchObject({ code: 1 });
      expect(await desk.run('recover --all')).toMatchObject({ code: 2, err: expect.stringContaining('pass --yes') });
      expect(desk.simulator.ledger.since(mark).entries).toEqual([]);
      expect(await desk.reconnects.jobs()).toEqual([]);
    });

    it('with --dry-run says what would be done, asks nobody, and changes nothing', async () => {
      await some();
      const mark = desk.simulator.ledger.mark();
      const ran = await desk.run('recover --all --dry-run');
      expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('would_try\t2\n') });
      expect(desk.simulator.ledger.since(mark).tokenCalls()).toEqual([]);
    });

    it('ends with 3 where not all came back, and says where to look; the report and the ticket have it all', async () => {
      const { well } = await some();
      const ended = await desk.endedLocation();
      const ran = await desk.run('recover --all --yes');
      expect(ran.code).toBe(3);
      expect(ran.out).toContain('needs_reauthorization\t1\n');
      const job = idOf(ran);
      expect(ran.err).toContain(`ghl-auth jobs report ${job}, and ghl-auth ticket ${job}`);
      const report = await desk.run(`jobs report ${job}`);
      expect(report.out).toMatch(new RegExp(`^location:${ended}\tneeds_reauthorization\t`, 'm'));
      expect(report.out).toMatch(new RegExp(`^location:${well[0]}\thealthy\t`, 'm'));
      const items = (await desk.run(`jobs report ${job} --json`)).json();
      expect(items.map(({ outcome }) => outcome).sort()).toEqual([
        'healthy',
        'healthy',
        'needs_reauthorization',
        'recovered',
        'recovered',
      ]);
      expect(await desk.run(`ticket ${job}`)).toMatchObject({
        code: 0,
        out: expect.stringContaining('To: https://developers.gohighlevel.com/'),
      });
    });

    it('takes ids of the line and of a file, in whatever shape, and accounts for each line', async () => {
      const { well, dead } = await some();
      const file = `${well[0]}\r\n\r\nlocation:${dead[0]}\r\n${well[0]}\r\n# a comment\r\nnot an id\r\n`;
      await desk.writeFile('ids.txt', file);
      const ran = await desk.run(`recover --ids-from ${desk.folder}/ids.txt --yes`);
      expect(ran.code).toBe(3);
      for (const line of ['healthy\t1', 'recovered\t1', 'duplicate\t1', 'invalid\t1']) expect(ran.out).toContain(line);
      expect(await desk.run(`recover ${dead[1]}`)).toMatchObject({
        code: 0,
        out: expect.stringContaining('recovered\t1'),
      });
    });

    it('takes the directory, and what HighLevel says is installed, also what the store has never seen', async () => {
      const { companyId } = desk.simulator.addCompany();
      await desk.tokens.exchangeCode(desk.simulator.installCompany(companyId, { bulk: true }).code);
      const { locationId: inside } = desk.simulator.addLocation({ companyId });
      const { locationId: alone } = desk.simulator.addLocation();
      for (const locationId of [inside, alone]) desk.simulator.installLocation(locationId);
      const list = () => [{ locationId: alone }];
      desk.host = { directory: { useValue: { find: () => Promise.resolve(null), list } } };
      const directory = await desk.run('recover --directory --yes');
      expect(directory).toMatchObject({
        code: 0,
        err: expect.stringContaining('0 of 1'),
        out: expect.stringContaining('recovered\t1'),
      });
      const company = await desk.run(`recover --company ${companyId} --installed --yes`);
      expect(company).toMatchObject({ code: 0, out: expect.stringContaining('done\t2 of 2') });
      for (const locationId of [inside, alone])
        expect(await desk.status(locationId)).toMatchObject({ state: 'active' });
    });

    it.each([
      ['a pause', () => desk.run('pause'), {}],
      ['the mode', () => Promise.resolve(), { mode: 'observe' }],
    ] as const)('ends with 5, and says why, where %s holds recovery back', async (_, begin, host) => {
      await some();
      await begin();
      desk.host = host;
      const mark = desk.simulator.ledger.mark();
      const ran = await desk.run('recover --all --yes');
      expect(ran).toMatchObject({ code: 5, out: expect.stringMatching(/state\tpaused: .{10}/) });
      expect(desk.simulator.ledger.since(mark).tokenCalls()).toEqual([]);
    });

    it('is paused by a secret that HighLevel refuses, in place of failing for each', async () => {
      const [first, second] = desk.app.clients;
      for (let count = 0; count < 12; count += 1) desk.simulator.killAccessToken({ locationId: await desk.location() });
      desk.host = { clients: [{ ...first!, clientSecret: 'wrong' }, second!] };
      const ran = await desk.run('recover --all --yes --in-flight 1');
      expect(ran).toMatchObject({ code: 5, out: expect.stringMatching(/state\tpaused: .{10}/) });
    });

    it('says that nothing matches, and ends with 4', async () => {
      await some();
      for (const line of [
        'recover --state suspended',
        'recover --company nobody',
        'recover --all --issued-until 2020-01-01T00:00:00Z',
      ])
        expect(await desk.run(`${line} --yes`)).toMatchObject({
          code: 4,
          err: expect.stringContaining('Nothing matches'),
        });
      expect(await desk.reconnects.jobs()).toEqual([]);
    });

    it.each([
      'recover',
      'recover --limit 3',
      'recover a --all',
      'recover a --directory',
      'recover --directory',
      'recover --installed',
      'recover --directory --state active',
      'recover a b --company c',
      'recover --ids-from nowhere.txt',
      'recover --all --issued-from yesterday',
      'recover --all --calls-per-second 0',
      'recover --all --in-flight 0',
      'reconnect --installed --company abc',
    ])('ends with 2, and does nothing: %s', async (line) => {
      await some();
      expect(await desk.run(`${line} --yes`)).toMatchObject({ code: 2, out: '' });
      expect(await desk.reconnects.jobs()).toEqual([]);
    });
  });

  it('ghl-auth verify of several asks about each, and repairs nothing', async () => {
    const { well, dead } = await some();
    expect(await desk.run(`verify ${well.join(' ')}`)).toMatchObject({ code: 0 });
    expect(await desk.run(`verify ${dead.join(' ')}`)).toMatchObject({
      code: 3,
      out: expect.stringContaining('would_try\t2'),
    });
    expect(await desk.run(`verify ${dead[0]}`)).toMatchObject({ code: 3 });
  });

  describe('ghl-auth reconnect of several', () => {
    it('wants their number to be typed', async () => {
      const { well, dead } = await some();
      const ids = [...well, ...dead].join(' ');
      expect(await desk.run(`reconnect ${ids}`, { answer: 'y' })).toMatchObject({ code: 1 });
      expect(await desk.run(`reconnect ${ids} --yes`)).toMatchObject({
        code: 2,
        err: expect.stringContaining('--expect 4'),
      });
      expect(await desk.status(well[0]!)).toMatchObject({ generation: 1 });
      const ran = await desk.run(`reconnect ${ids}`, { answer: '4' });
      expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('recovered\t4') });
      expect(await desk.status(well[0]!)).toMatchObject({ origin: 'reconnect' });
    });

    it('does nothing where another number is selected than is expected', async () => {
      const { well } = await some();
      expect(await desk.run('reconnect --all --expect 3')).toMatchObject({
        code: 2,
        err: expect.stringContaining('4 installations'),
      });
      expect(await desk.status(well[0]!)).toMatchObject({ generation: 1 });
    });
  });

  describe('ghl-auth jobs', () => {
    it('lists them, shows one, pauses, resumes and cancels', async () => {
      expect(await desk.run('jobs')).toMatchObject({ code: 4, err: 'There is no recovery job.\n' });
      await some();
      const first = idOf(await desk.run('recover --all --yes'));
      expect(await desk.run('jobs')).toMatchObject({
        code: 0,
        out: `${first}\tdone\tverify\t4 of 4\tstored installations\n`,
      });
      desk.simulator.outage({ status: 503 });
      const stop = new AbortController();
      const running = desk.run('recover --state active --yes', { signal: stop.signal });
      let open: string | undefined;
      while (open === undefined) {
        open = (await desk.reconnects.jobs()).find(({ state }) => state === 'running')?.id;
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await desk.run(`jobs pause ${open}`)).toMatchObject({
        code: 0,
        out: expect.stringContaining('state\tpaused'),
      });
      expect(await running).toMatchObject({ code: 5 });
      desk.simulator.clearFaults();
      expect(await desk.run(`jobs resume ${open}`)).toMatchObject({
        code: 0,
        out: expect.stringContaining('done\t4 of 4'),
      });
      expect(await desk.run(`jobs cancel ${open}`)).toMatchObject({
        code: 0,
        out: expect.stringContaining('state\tdone'),
      });
    });

    it.each(['show', 'report', 'resume', 'pause', 'cancel'])(
      '%s of one that does not exist ends with 4',
      async (name) => {
        expect(await desk.run(`jobs ${name} 1`)).toMatchObject({
          code: 4,
          err: expect.stringContaining('no recovery job 1'),
        });
        expect(await desk.run('ticket 1')).toMatchObject({ code: 4 });
      },
    );
  });

  it('a bar shows on a terminal how far it is', async () => {
    await some();
    const { err } = await desk.run('recover --all --yes', { isTerminal: true });
    expect(err).toContain(`\r\u001b[2K[${'#'.repeat(24)}] 4 of 4, `);
  });
});
