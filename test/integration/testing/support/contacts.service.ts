import { Inject, Injectable } from '@nestjs/common';
import { GhlHttpService } from '../../../../lib/index.js';

interface Contact {
  readonly id: string;
  readonly firstName: string;
}

/** A service as a host writes it. */
@Injectable()
export class ContactsService {
  constructor(@Inject(GhlHttpService) private readonly highLevel: GhlHttpService) {}

  async names(locationId: string): Promise<string[]> {
    const request = { ghl: { locationId }, params: { locationId } };
    const { data } = await this.highLevel.axiosRef.get<{ contacts: Contact[] }>('/contacts/', request);
    return data.contacts.map(({ firstName }) => firstName);
  }

  async add(locationId: string, firstName: string): Promise<void> {
    await this.highLevel.axiosRef.post('/contacts/', { locationId, firstName }, { ghl: { locationId } });
  }
}
