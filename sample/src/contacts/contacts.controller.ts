import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { type Contact, ContactsService } from './contacts.service.js';

class NewContact {
  firstName?: string;
  email?: string;
}

/** What this backend's customers call. A real one takes the location from the signed-in user, never from the URL alone. */
@Controller('locations/:locationId/contacts')
export class ContactsController {
  constructor(private readonly contacts: ContactsService) {}

  @Get()
  list(@Param('locationId') locationId: string): Promise<Contact[]> {
    return this.contacts.list(locationId);
  }

  @Post()
  create(@Param('locationId') locationId: string, @Body() { firstName, email }: NewContact): Promise<Contact> {
    return this.contacts.create(locationId, { ...(firstName && { firstName }), ...(email && { email }) });
  }
}
