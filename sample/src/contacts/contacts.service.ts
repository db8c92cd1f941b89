import { Injectable } from '@nestjs/common';
import { GhlHttpService } from 'nestjs-ghl-auth';

export interface Contact {
  readonly id: string;
  readonly firstName?: string;
  readonly email?: string;
}

/** For HighLevel's answer to one call. What a token has to be waited for comes on top. */
const TIMEOUT_MS = 15_000;

/** Works on a customer's contacts in HighLevel. Nothing here knows of tokens. */
@Injectable()
export class ContactsService {
  constructor(private readonly highLevel: GhlHttpService) {}

  async list(locationId: string): Promise<Contact[]> {
    const { data } = await this.highLevel.axiosRef.get<{ contacts: Contact[] }>('/contacts/', {
      params: { locationId },
      timeout: TIMEOUT_MS,
      ghl: { locationId },
    });
    return data.contacts;
  }

  async create(locationId: string, contact: Omit<Contact, 'id'>): Promise<Contact> {
    const { data } = await this.highLevel.axiosRef.post<{ contact: Contact }>(
      '/contacts/',
      { ...contact, locationId },
      { timeout: TIMEOUT_MS, ghl: { locationId } },
    );
    return data.contact;
  }
}
