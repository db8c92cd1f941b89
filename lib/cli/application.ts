import { Module, type INestApplicationContext, type LoggerService, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import type { Engine } from '../engine.js';
import { GhlAuthModule } from '../module/ghl-auth.module.js';
import type { HostPorts } from '../module/ghl-auth-host.module.js';
import type { GhlAuthModuleOptions } from '../module/module-definition.js';
import { GHL_AUTH_ENGINE, GHL_AUTH_PORTS } from '../module/tokens.js';
import { GhlHttpService } from '../http/ghl-http.service.js';
import { LEFT_UNTOLD } from '../recovery/teller.js';
import { ReconnectService } from '../services/reconnect.service.js';
import { TokenService } from '../services/token.service.js';

/** The module on the host's store, as commands use it. */
export interface Application {
  readonly engine: Engine;
  readonly ports: HostPorts;
  readonly tokens: TokenService;
  readonly reconnects: ReconnectService;
  readonly http: GhlHttpService;
  /** Waits for what is under way and its writes, bounded. */
  close(): Promise<void>;
}

/** Keeps the jobs of the host's modules from being started, should their imports bring a scheduler. */
class NoJobs implements OnModuleInit {
  constructor(private readonly modules: ModulesContainer) {}

  /** Nest begins with what is imported, so the scheduler has found its jobs by now; it starts them at bootstrap. */
  onModuleInit(): void {
    for (const { providers } of this.modules.values())
      for (const { instance } of providers.values()) {
        const { constructor } = (instance ?? {}) as { constructor?: { name?: unknown } };
        if (constructor?.name !== 'SchedulerOrchestrator') continue;
        Object.assign(instance as object, { onApplicationBootstrap: () => undefined });
      }
  }
}

/**
 * Puts the module together as the application does, from the same options and the same environment. Neither its job nor any
 * other is started; the listener is not called, since what there is to tell is told by the application.
 * @throws {GhlAuthError} `GHL_CONFIG_INVALID`, and what the host's providers fail with
 */
export async function openApplication(given: GhlAuthModuleOptions, logger: LoggerService): Promise<Application> {
  const { name: _name, isGlobal: _isGlobal, emitEvents: _emitEvents, ...options } = given;
  const auth = GhlAuthModule.forRoot({
    ...options,
    listener: { useValue: LEFT_UNTOLD },
    job: { ...options.job, enabled: false },
  });
  const noJobs = {
    provide: NoJobs,
    inject: [ModulesContainer],
    useFactory: (all: ModulesContainer) => new NoJobs(all),
  };
  const root = { module: CommandModule, imports: [auth], providers: [noJobs] };
  const context = await NestFactory.createApplicationContext(root, { logger, abortOnError: false });
  return applicationOf(context);
}

const applicationOf = (context: INestApplicationContext): Application => {
  const find = <T>(token: string | symbol | (abstract new (...args: never[]) => T)): T =>
    context.get<T>(token, { strict: false });
  return {
    engine: find<Engine>(GHL_AUTH_ENGINE),
    ports: find<HostPorts>(GHL_AUTH_PORTS),
    tokens: find(TokenService),
    reconnects: find(ReconnectService),
    http: find(GhlHttpService),
    close: () => context.close(),
  };
};

/** Imports nothing but the module. */
@Module({})
class CommandModule {}
