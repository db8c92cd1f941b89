import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { type HighLevelSimulator, type RunningSimulator, startSimulator } from 'nestjs-ghl-auth/testing';
import { createBackend } from '../backend.js';
import { Database } from '../persistence/database.js';
import { Browser } from './browser.js';
import { Marketplace } from './marketplace.js';
import { QuietLogger } from './quiet-logger.js';

/** Under this name HighLevel and customers know the backend; the story sends them to where it listens. */
const PUBLIC_URL = 'https://contacts-app.example';
const SCOPES = ['contacts.readonly', 'contacts.write', 'oauth.readonly', 'oauth.write'];

/** Everything that the story is played on: the simulated HighLevel, the backend with its database, and a customer. */
export class Stage {
  readonly logger = new QuietLogger();
  readonly customer = new Browser(() => this.origin);
  readonly marketplace: Marketplace;
  private backend: INestApplication | undefined;
  private origin = '';

  private constructor(
    private readonly highLevel: RunningSimulator,
    private readonly folder: string,
  ) {
    this.marketplace = new Marketplace(highLevel.simulator, new Browser(() => this.origin));
  }

  get simulator(): HighLevelSimulator {
    return this.highLevel.simulator;
  }

  get highLevelUrl(): string {
    return this.highLevel.baseUrl;
  }

  static async set(): Promise<Stage> {
    const highLevel = await startSimulator({ server: { latency: { tokenMs: 25, apiMs: 5 } } });
    const stage = new Stage(highLevel, await mkdtemp(join(tmpdir(), 'nestjs-ghl-auth-sample-')));
    stage.configure();
    return stage;
  }

  /** Starts the backend, as a deployment does. */
  async start(): Promise<void> {
    this.backend = await createBackend(this.logger);
    await this.backend.listen(0, '127.0.0.1');
    this.origin = await this.backend.getUrl();
  }

  /** Stops it, and with it everything that it had in memory. */
  async stop(): Promise<void> {
    await this.backend?.close();
    this.backend = undefined;
  }

  /** Loses the table in which `nestjs-ghl-auth` keeps its records. */
  async dropInstallations(): Promise<void> {
    await this.backend?.get(Database).query('DROP TABLE ghl_auth_records');
  }

  async clear(): Promise<void> {
    const schema = process.env['DATABASE_SCHEMA'];
    if (schema) await this.backend?.get(Database).query(`DROP SCHEMA "${schema}" CASCADE`);
    await this.stop();
    await this.highLevel.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The backend's environment, in place of whatever this shell has for the real HighLevel. */
  private configure(): void {
    const redirectUri = `${PUBLIC_URL}/oauth/callback`;
    const { client, scopes } = this.simulator.addApp({ redirectUris: [redirectUri], scopes: SCOPES });
    for (const name of Object.keys(process.env)) if (name.startsWith('GHL_')) delete process.env[name];
    Object.assign(process.env, {
      GHL_CLIENT_ID: client.clientId,
      GHL_CLIENT_SECRET: client.clientSecret,
      GHL_REDIRECT_URI: redirectUri,
      GHL_SCOPES: scopes.join(' '),
      GHL_API_BASE_URL: this.highLevelUrl,
      // Here tokens die in the second in which they were made. Otherwise a 401 on a token that is younger than 5 s is waited out.
      GHL_AUTH_REFRESH_FRESH_TOKEN_MS: '0',
      // The refresh job has nothing to do within a few seconds; a run at a random moment would only blur what HighLevel sees.
      GHL_AUTH_JOB_ENABLED: 'false',
      WEBHOOK_PUBLIC_KEY: this.marketplace.publicKey,
      DATA_FOLDER: this.folder,
      // On a server the story keeps to a schema of its own, and drops it.
      ...(process.env['DATABASE_URL'] && { DATABASE_SCHEMA: `ghl_story_${randomBytes(4).toString('hex')}` }),
    });
  }
}
