import { setTimeout as sleep } from 'node:timers/promises';
import type { TestPostgres } from '../../support/postgres.js';
import { BackendProcess } from './backend-process.js';
import type { Chronicle } from './chronicle.js';
import type { HighLevel } from './high-level.js';
import { TcpProxy } from './tcp-proxy.js';
import { TIME_VARIABLES, TIMES } from './times.js';

/** How long a process may take until it listens, on a busy machine. */
const START_LIMIT_MS = 30_000;
/** So long orchestrators wait for a process that they have asked to end. */
const EXIT_LIMIT_MS = 30_000;

/** What the processes of a fleet have in common. */
export interface FleetParts {
  readonly highLevel: HighLevel;
  readonly postgres: TestPostgres;
  readonly databaseUrl: string;
  /** Of the emergency sink. */
  readonly emergencyFolder: string;
  readonly webhookKey: string;
  readonly chronicle: Chronicle;
}

/** Some processes of the backend on one database. Whoever ends is started anew, as an orchestrator does. */
export class Fleet {
  /** Every process that ever was. */
  readonly all: BackendProcess[] = [];
  private readonly members: (BackendProcess | null)[];
  private isClosing = false;
  private readonly life: Promise<void>[];

  constructor(
    private readonly parts: FleetParts,
    size: number,
  ) {
    this.members = Array.from({ length: size }, () => null);
    this.life = this.members.map((_, slot) => this.keepAlive(slot));
  }

  /** The process in a place of the fleet, if one is running. */
  at(slot: number): BackendProcess | null {
    return this.members[slot] ?? null;
  }

  /** The same, or the next one that is running. */
  near(slot: number): BackendProcess | null {
    return [...this.members.slice(slot), ...this.members.slice(0, slot)].find((member) => member !== null) ?? null;
  }

  get running(): readonly BackendProcess[] {
    return this.members.filter((member) => member !== null);
  }

  /** Resolves when every member listens. */
  whole(): Promise<number> {
    return this.until(this.members.length);
  }

  /** Resolves when all members but one listen, with how long that took (ms). */
  mostlyUp(): Promise<number> {
    return this.until(this.members.length - 1);
  }

  /** As a deployment: asks the process to end, and waits for that. */
  async deploy(member: BackendProcess): Promise<void> {
    member.deploy();
    const limit = setTimeout(() => member.overdue(), EXIT_LIMIT_MS);
    await member.ended;
    clearTimeout(limit);
  }

  /** Asks every process to end, and starts no more. */
  async retire(): Promise<void> {
    this.isClosing = true;
    await Promise.all(this.running.map((member) => this.deploy(member)));
    await Promise.all(this.life);
  }

  /** Kills every process, for good. */
  async close(): Promise<void> {
    this.isClosing = true;
    for (const member of this.running) member.kill();
    await Promise.all(this.life);
    // Not before: a later process could otherwise be given the same door, and the ledger would take it for the earlier one.
    await Promise.all(this.all.map(({ parts }) => parts.door.stop()));
  }

  private async until(count: number): Promise<number> {
    const from = Date.now();
    while (this.members.filter((member) => member?.url != null).length < count) {
      if (this.isClosing) throw new Error('The fleet is closing');
      await sleep(20);
    }
    return Date.now() - from;
  }

  private async keepAlive(slot: number): Promise<void> {
    for (let life = 1; !this.isClosing; life += 1) {
      const member = await this.start(`backend-${slot + 1}.${life}`);
      this.members[slot] = member;
      if (this.isClosing) member.kill();
      const limit = setTimeout(() => member.giveUp(), START_LIMIT_MS);
      await member.ended;
      clearTimeout(limit);
      this.members[slot] = null;
      await member.parts.proxy.stop();
      if (member.end === 'not started' && !this.isClosing) await sleep(300);
    }
  }

  private async start(name: string): Promise<BackendProcess> {
    const { highLevel, postgres } = this.parts;
    const [{ server, host }, proxy] = await Promise.all([highLevel.openDoor(), TcpProxy.start(postgres.port)]);
    const environment = this.environment(name, server.baseUrl, proxy.port);
    const member = new BackendProcess({ name, door: server, host, proxy, environment });
    this.all.push(member);
    return member;
  }

  private environment(name: string, highLevelUrl: string, databasePort: number): Record<string, string> {
    const { highLevel, databaseUrl, emergencyFolder, webhookKey } = this.parts;
    const { client, app } = highLevel;
    const database = new URL(databaseUrl);
    database.port = String(databasePort);
    database.searchParams.set('application_name', name);
    database.searchParams.set('query_timeout', String(TIMES.queryMs));
    return {
      ...TIME_VARIABLES,
      GHL_CLIENT_ID: client.clientId,
      GHL_CLIENT_SECRET: client.clientSecret,
      GHL_REDIRECT_URI: app.redirectUris[0] ?? '',
      GHL_SCOPES: app.scopes.join(' '),
      GHL_API_BASE_URL: highLevelUrl,
      DATABASE_URL: database.href,
      EMERGENCY_FOLDER: emergencyFolder,
      STATE_SECRET: 'the same for all',
      WEBHOOK_PUBLIC_KEY: webhookKey,
      HOST: '127.0.0.1',
      PORT: '0',
    };
  }
}
