import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import type { TestPostgres } from '../../support/postgres.js';
import { Chronicle } from './chronicle.js';
import { Dice } from './dice.js';
import { Fleet } from './fleet.js';
import { HighLevel } from './high-level.js';
import { Installer } from './installer.js';
import { callFor } from './load.js';
import { rememberRecords } from './store-history.js';
import { COMPANIES, PLACES, type WorldName } from './world.js';

/** How many processes the fleet has. */
export const SLOTS = 4;

/** What a world is made from. */
export interface StageOptions {
  readonly seed: string;
  readonly world: WorldName;
  readonly postgres: TestPostgres;
}

/** What a run is played on: a database, a HighLevel, and a fleet between them. */
export class Stage {
  readonly chronicle = new Chronicle();
  readonly highLevel: HighLevel;
  readonly installer: Installer;
  readonly fleet: Fleet;
  /** Whether the emergency sink of the fleet works; otherwise it fails all the time. */
  readonly hasSink: boolean;

  private constructor(
    readonly dice: Dice,
    { seed, world, postgres }: StageOptions,
    databaseUrl: string,
    /** The test's own way to the database, past all proxies. */
    readonly pool: Pool,
    private readonly folder: string,
  ) {
    this.highLevel = new HighLevel(`${seed}/${world}`, dice.chance(0.5));
    if (world === 'without Reconnect') this.highLevel.simulator.setReconnect('removed');
    this.installer = new Installer(this.highLevel);
    this.hasSink = dice.chance(0.5);
    const { chronicle, highLevel } = this;
    const { webhookKey } = this.installer;
    const emergencyFolder = join(folder, this.hasSink ? 'sink' : NO_FOLDER);
    this.fleet = new Fleet({ highLevel, postgres, databaseUrl, emergencyFolder, webhookKey, chronicle }, SLOTS);
  }

  static async set(options: StageOptions): Promise<Stage> {
    const databaseUrl = await options.postgres.createDatabase();
    const pool = new Pool({ connectionString: databaseUrl, max: 2 });
    // PostgreSQL will be restarted.
    pool.on('error', () => undefined);
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-ghl-auth-chaos-'));
    await writeFile(join(folder, 'file'), '');
    await rememberRecords(pool);
    return new Stage(new Dice(`${options.seed}/${options.world}`), options, databaseUrl, pool, folder);
  }

  /** Starts the fleet, and has the app installed everywhere. */
  async open(): Promise<void> {
    await this.fleet.whole();
    const { simulator } = this.highLevel;
    const [first] = this.fleet.running;
    const origin = first?.url ?? '';
    for (const { locationId, companyId } of PLACES) simulator.addLocation({ locationId, companyId });
    for (const companyId of COMPANIES) await this.installer.install(origin, { companyId });
    for (const { locationId, companyId, hasCompany } of PLACES)
      if (!hasCompany) await this.installer.install(origin, { locationId, companyId });
    // Also for those that nobody will call for later: the first call mints what the company's installation covers.
    for (const { locationId } of PLACES) if (first) await callFor(first, locationId);
  }

  async clear(): Promise<void> {
    await this.fleet.close();
    await this.pool.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** In a file there can be no folder. */
const NO_FOLDER = 'file/sink';
