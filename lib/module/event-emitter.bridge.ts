import type { OnModuleInit } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { configInvalid } from '../config/config-problem.js';
import type { Engine } from '../engine.js';
import { messageOf } from '../errors/scrub.js';
import type { InstallationChange } from '../installation/installation.js';

/** As much of `EventEmitter2` of `@nestjs/event-emitter` as is needed. */
interface Emitter {
  emitAsync(event: string, change: InstallationChange): Promise<unknown>;
}

const NO_EMITTER =
  'option emitEvents is true, but there is no event emitter: add EventEmitterModule.forRoot() of @nestjs/event-emitter to the imports ' +
  'of your root module, or leave emitEvents out';

/** The events of one change: one for all changes, and one for each state, so that `….installation.*` hears every change once. */
const eventsOf = (name: string | undefined, { to }: InstallationChange): readonly string[] => {
  const prefix = name === undefined ? 'ghl-auth' : `ghl-auth.${name}`;
  return [`${prefix}.installation-changed`, `${prefix}.installation.${to}`];
};

/**
 * Puts what is on `changes$` on the host's `EventEmitterModule` too, for watching only. A handler that throws, rejects or hangs
 * delays nothing, and nobody is told again: that is what the listener is for.
 * @internal
 */
export class EventEmitterBridge implements OnModuleInit {
  constructor(
    private readonly engine: Pick<Engine, 'teller' | 'log'>,
    private readonly modules: Pick<ModuleRef, 'get'>,
    /** The name of the registration, which its events carry. */
    private readonly name: string | undefined,
  ) {}

  /** Nest calls it. @throws {GhlAuthError} `GHL_CONFIG_INVALID` where there is no event emitter */
  async onModuleInit(): Promise<void> {
    const emitter = await this.findEmitter();
    if (emitter === null) throw configInvalid([NO_EMITTER]);
    this.engine.teller.changes$.subscribe((change) => {
      for (const event of eventsOf(this.name, change)) void this.emit(emitter, event, change);
    });
  }

  /** `emitAsync`, since a rejection that nobody handles would end the process. */
  private async emit(emitter: Emitter, event: string, change: InstallationChange): Promise<void> {
    try {
      await emitter.emitAsync(event, change);
    } catch (error) {
      this.engine.log.error('A handler of an event has failed', { event, change: change.id, error: messageOf(error) });
    }
  }

  /** The host's emitter: `@nestjs/event-emitter` may not be installed. */
  private async findEmitter(): Promise<Emitter | null> {
    try {
      const { EventEmitter2 } = await import('@nestjs/event-emitter');
      return this.modules.get<Emitter>(EventEmitter2, { strict: false });
    } catch {
      return null;
    }
  }
}
