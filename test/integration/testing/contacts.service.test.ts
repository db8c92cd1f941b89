import { beforeEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { GhlAuthTestbed, GhlAuthTestingModule } from '../../../lib/testing.js';
import { ContactsService } from './support/contacts.service.js';

describe("a unit test of a host's service, as it is written the first time", () => {
  let testbed: GhlAuthTestbed;
  let contacts: ContactsService;
  beforeEach(async () => {
    const imports = [GhlAuthTestingModule.forRoot()];
    const module = await Test.createTestingModule({ imports, providers: [ContactsService] }).compile();
    testbed = module.get(GhlAuthTestbed);
    contacts = module.get(ContactsService);
    await testbed.installLocation('dentist-oslo');
  });

  it('lists and adds', async () => {
    await contacts.add('dentist-oslo', 'Ada');
    expect(await contacts.names('dentist-oslo')).toEqual(['Ada']);
  });

  it('goes on working when every token is lost', async () => {
    testbed.simulator.invalidateAll();
    expect(await contacts.names('dentist-oslo')).toEqual([]);
    expect(testbed.ledger.reconnects({ locationId: 'dentist-oslo' })).toHaveLength(1);
  });
});
