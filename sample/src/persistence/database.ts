import { mkdir } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { PostgresRepository } from 'nestjs-ghl-auth/postgres';
import pg from 'pg';

/** A dead connection never says goodbye; a stop does not wait for it for longer. */
const GOODBYE_MS = 2_000;

type Query = (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>;

/** This backend's database: a PostgreSQL server where `DATABASE_URL` names one, otherwise PGlite in a folder. */
export class Database implements OnApplicationShutdown {
  private constructor(
    private readonly run: Query,
    /** Where `nestjs-ghl-auth` keeps its records. */
    readonly installations: PostgresRepository,
    private readonly close: () => Promise<void>,
  ) {}

  static async open(environment: NodeJS.ProcessEnv = process.env): Promise<Database> {
    const { DATABASE_URL, DATABASE_SCHEMA, DATA_FOLDER = 'sample/.data' } = environment;
    const database = DATABASE_URL
      ? Database.onServer(DATABASE_URL, DATABASE_SCHEMA)
      : await Database.inFolder(DATA_FOLDER);
    if (DATABASE_URL && DATABASE_SCHEMA) await database.query(`CREATE SCHEMA IF NOT EXISTS "${DATABASE_SCHEMA}"`);
    await database.installations.migrate();
    return database;
  }

  async query<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.run(text, values)).rows as Row[];
  }

  /** After `nestjs-ghl-auth` has waited, in `onModuleDestroy`, for what it still has to write. */
  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  private static onServer(connectionString: string, schema: string | undefined): Database {
    const options = schema === undefined ? {} : { options: `-c search_path="${schema}"` };
    // A connection that went dead without a word would otherwise keep its query, and its place in the pool, for ever.
    const limits = { connectionTimeoutMillis: 5_000, query_timeout: 10_000 };
    const pool = new pg.Pool({ connectionString, ...limits, ...options });
    const logger = new Logger('Database');
    // Without a listener, a restart of PostgreSQL would end this process.
    pool.on('error', (error) => logger.error(`An idle connection broke: ${error.message}`));
    return new Database(
      (text, values) => pool.query<Record<string, unknown>>(text, values),
      PostgresRepository.fromPool(pool),
      () => Promise.race([pool.end(), wait(GOODBYE_MS, undefined, { ref: false })]),
    );
  }

  private static async inFolder(folder: string): Promise<Database> {
    const { PGlite } = await import('@electric-sql/pglite');
    await mkdir(folder, { recursive: true });
    const db = await PGlite.create(folder);
    return new Database(
      (text, values) => db.query(text, values),
      PostgresRepository.fromPGlite(db),
      () => db.close(),
    );
  }
}
