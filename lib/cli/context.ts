import type { Readable } from 'node:stream';
import type { Application } from './application.js';
import type { Asker } from './ask.js';
import type { Output } from './output.js';

/** What a command works with. */
export interface CommandContext extends Omit<Application, 'close'> {
  readonly out: Output;
  readonly ask: Asker;
  readonly stdin: Readable;
  /** Ctrl-C: nothing further is begun. */
  readonly signal: AbortSignal;
}
