import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { DirectoryEntry, InstallationChange, InstallationDirectory, InstallationRef } from 'nestjs-ghl-auth';
import { Database } from '../persistence/database.js';

/** Somebody who has installed the app: a location, or a company. */
export interface Customer {
  readonly locationId: string | null;
  readonly companyId: string | null;
  readonly installedAt: Date;
  /** The state of the connection to HighLevel, as this backend was last told. */
  readonly connection: string | null;
  /** Where the customer connects again, while that is needed. */
  readonly reconnectLink: string | null;
}

const COLUMNS = `location_id AS "locationId", company_id AS "companyId", installed_at AS "installedAt",
  connection, reconnect_link AS "reconnectLink"`;

/** One instance at a time: two that start together would both find no table and make it. */
const TABLES = `DO $$ BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('customers'));
  CREATE TABLE IF NOT EXISTS customers (
    place text PRIMARY KEY, location_id text, company_id text, installed_at timestamptz NOT NULL,
    connection text, reconnect_link text, told_at timestamptz);
  CREATE TABLE IF NOT EXISTS connection_changes (
    id text PRIMARY KEY, place text NOT NULL, from_state text, to_state text NOT NULL, at timestamptz NOT NULL, reason text);
END $$`;

const placeOf = (ref: InstallationRef): string =>
  ref.locationId === undefined ? `company:${ref.companyId}` : `location:${ref.locationId}`;

/**
 * This backend's own list of who has installed the app. It is also the directory of `nestjs-ghl-auth`: an installation whose
 * tokens were lost together with their table is recovered because it stands here.
 */
@Injectable()
export class CustomersService implements InstallationDirectory, OnModuleInit {
  constructor(private readonly database: Database) {}

  async onModuleInit(): Promise<void> {
    await this.database.query(TABLES);
  }

  /** What the module asks when its own store does not know an installation. */
  async find(ref: InstallationRef): Promise<DirectoryEntry | null> {
    const [customer] = await this.select('WHERE place = $1', [placeOf(ref)]);
    return customer === undefined ? null : { companyId: customer.companyId ?? undefined };
  }

  all(): Promise<Customer[]> {
    return this.select('ORDER BY place', []);
  }

  async add(ref: InstallationRef, installedAt: Date): Promise<void> {
    await this.database.query(
      `INSERT INTO customers (place, location_id, company_id, installed_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (place) DO UPDATE SET company_id = coalesce(excluded.company_id, customers.company_id),
         installed_at = greatest(excluded.installed_at, customers.installed_at)`,
      [placeOf(ref), ref.locationId ?? null, ref.companyId ?? null, installedAt],
    );
  }

  /** Removes who has uninstalled; a company takes its locations with it. @returns whether it was news */
  async remove(ref: InstallationRef, uninstalledAt: Date): Promise<boolean> {
    const isAffected = ref.locationId === undefined ? '(place = $1 OR company_id = $3)' : 'place = $1';
    const values = [placeOf(ref), uninstalledAt, ...(ref.locationId === undefined ? [ref.companyId] : [])];
    const removed = await this.database.query(
      `DELETE FROM customers WHERE ${isAffected} AND installed_at <= $2 RETURNING place`,
      values,
    );
    return removed.length > 0;
  }

  /** Notes a change of a customer's connection. A change may be told twice, and after a newer one. */
  async note({ id, installation, from, to, at, reason, reauthorizeUrl }: InstallationChange): Promise<void> {
    await this.database.query(
      `INSERT INTO connection_changes (id, place, from_state, to_state, at, reason) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (id) DO NOTHING`,
      [id, placeOf(installation), from, to, at, reason ?? null],
    );
    await this.database.query(
      `UPDATE customers SET connection = $2, reconnect_link = $3, told_at = $4
       WHERE place = $1 AND (told_at IS NULL OR told_at <= $4)`,
      [placeOf(installation), to, reauthorizeUrl ?? null, at],
    );
  }

  private select(rest: string, values: unknown[]): Promise<Customer[]> {
    return this.database.query<Customer>(`SELECT ${COLUMNS} FROM customers ${rest}`, values);
  }
}
