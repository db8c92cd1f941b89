import type { FaultMatch, LedgerEntry, PartialSettings } from '../../../../lib/testing.js';
import { isGhlAuthError, type GhlAuthError, type InstallationRef } from '../../../../lib/index.js';
import type { Credential } from '../../../../lib/installation/credential.js';
import { Workbench, type Instance, type InstanceOptions } from '../../../support/workbench.js';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** What scripted answers carry, to be found again on errors. */
export const TRACE_ID = '0d1c2b3a-1111-4222-8333-444455556666';

/** An error body of the first family. */
export const nest = (status: number, message: string | readonly string[]) => ({
  status,
  body: { statusCode: status, message, error: 'Some Status', traceId: TRACE_ID },
});

/** An error body of the second family. */
export const oauth = (status: number, error: string, error_description?: string) => ({
  status,
  body: { error, ...(error_description !== undefined && { error_description }) },
});

export const REFRESH: FaultMatch = { grantType: 'refresh_token' };
export const EXCHANGE: FaultMatch = { grantType: 'authorization_code' };
export const RECONNECT: FaultMatch = { path: '/oauth/reconnect' };
export const MINT: FaultMatch = { path: '/oauth/locationToken' };

const nameOf = ({ endpoint, grant }: LedgerEntry): string =>
  endpoint === 'token' ? (grant === 'refresh_token' ? 'refresh' : 'exchange') : endpoint;

/** One installation on a bench, and short ways to ask what became of it. */
export class Scene {
  private mark: number;

  constructor(
    readonly bench: Workbench,
    readonly instance: Instance,
    readonly ref: InstallationRef,
    /** For a location: its company. */
    readonly companyId: string,
  ) {
    this.mark = bench.ledger.mark();
  }

  get simulator(): Workbench['simulator'] {
    return this.bench.simulator;
  }

  /** Climbs the ladder. @returns the rung that brought something, or the error */
  async recover(ref: InstallationRef = this.ref): Promise<string | GhlAuthError> {
    const recovering = this.instance.reconnects.recover(ref);
    return this.bench.run(recovering.then(({ rung }) => rung, asOurs));
  }

  /** Asks for a token as a request does. @returns the token, or the error */
  token(ref: InstallationRef = this.ref): Promise<string | GhlAuthError> {
    return this.bench.run(this.instance.tokens.getAccessToken(ref).catch(asOurs));
  }

  /** The calls for credentials since the last time, as "what: how it ended". */
  calls(): string[] {
    const entries = this.bench.ledger.since(this.mark).credentialCalls();
    this.mark = this.bench.ledger.mark();
    return entries.map((entry) => `${nameOf(entry)}: ${entry.fault ?? entry.refusal ?? entry.outcome}`);
  }

  /** The stored credential, secrets and all. */
  async credential(ref: InstallationRef = this.ref): Promise<Credential | null> {
    const { registry, keeper } = this.instance.engine;
    return (await registry.find(keeper.placeOf(ref).key))?.installation.credential ?? null;
  }

  /** What matters of the installation's status, with moments as distances from now. */
  async look(ref: InstallationRef = this.ref) {
    const { state, trouble, refreshable, origin } = await this.instance.tokens.status(ref);
    const now = this.bench.clock.now();
    return {
      state,
      refreshable,
      origin,
      code: trouble?.code,
      message: trouble?.message,
      rung: trouble?.rung,
      traceId: trouble?.traceId,
      retryInMs: trouble?.retryAt == null ? null : trouble.retryAt.getTime() - now,
    };
  }

  /** The states that the listener was told of. */
  async told(): Promise<string[]> {
    await this.bench.run(this.instance.engine.teller.settled());
    return this.instance.told.map(({ to }) => to);
  }

  /** Lets time pass. */
  wait(ms: number): Promise<void> {
    return this.bench.clock.advance(ms);
  }
}

const asOurs = (error: unknown): GhlAuthError => {
  if (isGhlAuthError(error)) return error;
  throw error as Error;
};

export interface SceneOptions extends InstanceOptions {
  readonly settings?: PartialSettings;
  readonly clients?: number;
}

/** A location with the app installed and its pair stored. */
export async function locationScene({ settings = {}, clients = 1, ...given }: SceneOptions = {}): Promise<Scene> {
  const bench = new Workbench({ settings }, clients);
  const instance = bench.instance(given);
  const { locationId, companyId } = await bench.installed(instance);
  return new Scene(bench, instance, { locationId }, companyId);
}

/** A location that a bulk installation of its company covers, with a token minted from the company's. */
export async function mintedScene({ settings = {}, clients = 1, ...given }: SceneOptions = {}): Promise<Scene> {
  const bench = new Workbench({ settings }, clients);
  const instance = bench.instance(given);
  const { companyId, locationIds } = await bench.bulkInstalled(instance);
  const ref = { locationId: locationIds[0] as string, companyId };
  await bench.run(instance.tokens.mintLocationToken(ref));
  return new Scene(bench, instance, ref, companyId);
}
