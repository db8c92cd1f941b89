import { Controller, Get } from '@nestjs/common';
import { type Customer, CustomersService } from './customers.service.js';

/** For the people who run this backend. Guard it before you put it on the internet. */
@Controller('customers')
export class CustomersController {
  constructor(private readonly customers: CustomersService) {}

  @Get()
  all(): Promise<Customer[]> {
    return this.customers.all();
  }
}
