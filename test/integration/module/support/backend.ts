import { expect } from '@jest/globals';
import type { DynamicModule, ForwardReference, Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  GhlAuthModule,
  InMemoryRepository,
  isGhlAuthError,
  TokenService,
  type GhlAuthModuleAsyncOptions,
  type GhlAuthModuleOptions,
} from '../../../../lib/index.js';
import { HighLevelSimulator, SimulatorTransport } from '../../../../lib/testing.js';
import { canary } from '../../../support/canary/canary.js';

const SILENT = { log: () => undefined, warn: () => undefined, error: () => undefined };

export type Importable = Type | DynamicModule | Promise<DynamicModule> | ForwardReference;

/** A simulated HighLevel, and Nest applications that run against it on its clock. */
export class Backend {
  readonly simulator = new HighLevelSimulator();
  readonly app = this.simulator.addApp();
  private readonly started: TestingModule[] = [];

  /** Everything that the environment has to say for an application to start. */
  readonly environment = {
    GHL_CLIENT_ID: this.app.client.clientId,
    GHL_CLIENT_SECRET: this.app.client.clientSecret,
    GHL_REDIRECT_URI: this.app.redirectUris[0] as string,
    GHL_SCOPES: this.app.scopes.join(' '),
  };

  /** The same as options. */
  readonly options = {
    clients: this.app.clients,
    redirectUri: this.app.redirectUris[0] as string,
    scopes: this.app.scopes,
  };

  /** What makes an application run against the simulator. */
  readonly structure = {
    repository: { useValue: new InMemoryRepository() },
    transport: { useValue: new SimulatorTransport(this.simulator) },
    clock: { useValue: this.simulator.clock },
  };

  forRoot(given: Partial<GhlAuthModuleOptions> = {}): DynamicModule {
    return GhlAuthModule.forRoot({ ...this.structure, ...given });
  }

  forRootAsync(given: Partial<GhlAuthModuleAsyncOptions>): DynamicModule {
    return GhlAuthModule.forRootAsync({ ...this.structure, useFactory: () => this.options, ...given });
  }

  /** Starts an application. {@link stop} ends it. */
  async start(...imports: Importable[]): Promise<TestingModule> {
    const module = await Test.createTestingModule({ imports }).setLogger(SILENT).compile();
    this.started.push(module);
    return module.init();
  }

  /** What keeps an application from starting, line by line. */
  async problemsAtStart(...imports: Importable[]): Promise<string[]> {
    const error: unknown = await this.start(...imports).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error === null) return [];
    canary.look('problem at start', error);
    if (!isGhlAuthError(error, 'GHL_CONFIG_INVALID')) throw error as Error;
    for (const secret of this.simulator.secrets()) expect(`${error.message} ${error.stack}`).not.toContain(secret);
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^ {2}- /, ''));
  }

  /** Installs the app in a new location, and hands the code to the application. */
  async install(module: TestingModule): Promise<{ locationId: string }> {
    const { locationId } = this.simulator.addLocation();
    const { code } = this.simulator.installLocation(locationId);
    await this.run(module.get(TokenService, { strict: false }).exchangeCode(code));
    return { locationId };
  }

  /** Runs a promise to its end, moving the clock as its sleepers ask for. */
  run<T>(promise: Promise<T>): Promise<T> {
    return this.simulator.clock.drive(promise);
  }

  /** Ends every application. */
  async stop(): Promise<void> {
    for (const module of this.started.splice(0)) await this.run(module.close());
  }
}

/** Runs with environment variables set, and takes them away again. */
export async function withEnvironment<T>(
  variables: Readonly<Record<string, string>>,
  work: () => Promise<T>,
): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}
