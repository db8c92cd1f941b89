import { describe, expect, it } from '@jest/globals';
import { Workbench } from '../../support/workbench.js';

const DAY = 86_400_000;

describe('a token of one installation never serves another', () => {
  it('where HighLevel answers a refresh with the token of another place', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const ref = await bench.installed(instance);
    await bench.clock.advance(DAY);
    bench.simulator.settings.token.shapeAnswer = (answer) => ({ ...answer, locationId: 'somebodyElse00000001' });
    const failed = { code: 'GHL_UNEXPECTED_RESPONSE', retryable: true };
    await expect(bench.run(instance.tokens.getAccessToken(ref))).rejects.toMatchObject(failed);
    expect(await bench.run(instance.tokens.status(ref))).toMatchObject({ state: 'retrying', generation: 1 });
  });

  it('where it answers a mint with the company’s own token', async () => {
    const bench = new Workbench();
    const instance = bench.instance({ directory: { find: () => ({ companyId }) } });
    const { companyId, locationIds } = await bench.bulkInstalled(instance);
    bench.simulator.setReconnect('removed');
    bench.simulator.settings.token.shapeAnswer = (answer) => ({
      ...answer,
      userType: 'Company',
      locationId: undefined,
    });
    const asked = instance.tokens.getAccessToken({ locationId: locationIds[0]! });
    await expect(bench.run(asked)).rejects.toMatchObject({ code: 'GHL_UNEXPECTED_RESPONSE' });
  });

  it('where a location and its company have the same id', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const company = bench.simulator.addCompany({ companyId: 'sameId00000000000001' });
    bench.simulator.addLocation({ locationId: 'sameId00000000000001', companyId: company.companyId });
    const first = bench.simulator.installLocation('sameId00000000000001');
    await bench.run(instance.tokens.exchangeCode(first.code));
    const location = await bench.run(instance.tokens.getAccessToken({ locationId: 'sameId00000000000001' }));
    const asCompany = instance.tokens.getAccessToken({ companyId: 'sameId00000000000001' });
    await expect(bench.run(asCompany)).rejects.toMatchObject({ code: 'GHL_INSTALLATION_UNKNOWN' });
    expect(bench.simulator.describeToken(location)?.place).toBe('location:sameId00000000000001');
  });

  it('where the location’s id is missing from a request: the company’s token is not handed out instead', async () => {
    const bench = new Workbench();
    const instance = bench.instance();
    const { companyId } = await bench.bulkInstalled(instance);
    const ref = { locationId: undefined, companyId } as unknown as { locationId: string };
    await expect(instance.tokens.getAccessToken(ref)).rejects.toMatchObject({ code: 'GHL_REF_INVALID' });
    expect(await bench.run(instance.tokens.getAccessToken({ companyId }))).toEqual(expect.any(String));
  });
});

describe('a malformed reference', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['no id', {}],
    ['an empty id', { locationId: '' }],
    ['a number', { locationId: 42 }],
    ['a path', { locationId: '../company/1' }],
    ['a long one', { locationId: 'x'.repeat(65) }],
    ['a strange company', { locationId: 'location1', companyId: 'a b' }],
    ['a text', 'location1'],
  ])('%s is GHL_REF_INVALID, without a call or a look into the store', async (_, ref) => {
    const bench = new Workbench();
    const instance = bench.instance();
    await expect(instance.tokens.getAccessToken(ref as { locationId: string })).rejects.toMatchObject({
      code: 'GHL_REF_INVALID',
    });
    expect(bench.ledger.entries).toEqual([]);
    expect(bench.store.size).toBe(0);
  });
});
