import type { Pool } from 'pg';
import { readInstallation } from '../../../lib/installation/installation-codec.js';
import type { Installation } from '../../../lib/installation/installation.js';
import { readEnvelope } from '../../../lib/sealing/envelope.js';
import { PostgresRepository } from '../../../lib/postgres.js';

/** One state of an installation's record, as it was committed. */
export interface StoredState {
  /** The order of commits, within one record. */
  readonly sequence: number;
  /** PostgreSQL's time while it wrote (ms since the epoch). */
  readonly at: number;
  /** The name of the process that wrote it. */
  readonly by: string;
  readonly key: string;
  readonly installation: Installation;
}

/** Keeps every state that a record ever had, with the name of who wrote it. In the transaction of the write itself. */
const TRIGGER = `
CREATE TABLE record_states (sequence bigserial PRIMARY KEY, at double precision, by text, key text, kind text, body text);
CREATE FUNCTION note_record_state() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO record_states (at, by, key, kind, body)
  VALUES (extract(epoch FROM clock_timestamp()) * 1000, current_setting('application_name'), NEW.key, NEW.kind, NEW.body);
  RETURN NEW;
END $$;
CREATE TRIGGER note_record_state AFTER INSERT OR UPDATE ON ghl_auth_records
  FOR EACH ROW EXECUTE FUNCTION note_record_state();`;

interface Row {
  readonly sequence: string;
  readonly at: number;
  readonly by: string;
  readonly key: string;
  readonly kind: string;
  readonly body: string;
}

/** Makes the module's table, before the fleet starts, with a trigger that remembers everything. */
export async function rememberRecords(pool: Pool): Promise<void> {
  await PostgresRepository.fromPool(pool).migrate();
  await pool.query(TRIGGER);
}

/** Every state of every installation, oldest first. */
export async function readHistory(pool: Pool): Promise<readonly StoredState[]> {
  const { rows } = await pool.query<Row>(`SELECT * FROM record_states WHERE kind = 'installation' ORDER BY sequence`);
  return Promise.all(
    rows.map(async ({ sequence, at, by, key, body }) => {
      // These backends have no sealing key.
      const read = readEnvelope(body);
      const installation = 'text' in read ? readInstallation(read.text) : null;
      if (installation === null) throw new Error(`A state of ${key} cannot be read`);
      return { sequence: Number(sequence), at, by, key, installation };
    }),
  );
}

/** What the host has been told, by the ids of the changes. */
export async function readTold(pool: Pool): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM connection_changes');
  return new Set(rows.map(({ id }) => id));
}

/** What the host last noted of each place's connection. */
export async function readConnections(pool: Pool): Promise<ReadonlyMap<string, string | null>> {
  const { rows } = await pool.query<{ place: string; connection: string | null }>(
    'SELECT place, connection FROM customers',
  );
  return new Map(rows.map(({ place, connection }) => [place, connection]));
}
