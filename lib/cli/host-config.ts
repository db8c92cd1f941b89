import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { GhlAuthModuleOptions } from '../module/module-definition.js';
import { CommandError, EXIT } from './exit-codes.js';

/** What the host's file brings. */
export interface HostConfig {
  readonly options: GhlAuthModuleOptions;
  /** Lets go of what the file has opened, after everything has been written. */
  close(): Promise<void>;
}

const CLOSE_MS = 2_000;
const NAMES = ['ghl-auth.config.js', 'ghl-auth.config.mjs', 'ghl-auth.config.cjs'];

const EXAMPLE = `Write ghl-auth.config.mjs, with what your application passes to GhlAuthModule.forRoot():

  import { pool, repository } from './dist/database.js';
  export default { repository: { useValue: repository } };
  export const close = () => pool.end();

What is not in it comes from the environment (GHL_CLIENT_ID and so on), as in the application.`;

const wrong = (problem: string): CommandError => new CommandError(`${problem}\n\n${EXAMPLE}`, EXIT.usage);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the host's file: the one that is named, or the one of the working directory. @throws {CommandError} */
export async function readHostConfig(cwd: string, file: string | undefined): Promise<HostConfig> {
  const path = file === undefined ? NAMES.map((name) => join(cwd, name)).find(existsSync) : resolve(cwd, file);
  if (path === undefined) throw wrong(`There is no ghl-auth.config.js, .mjs or .cjs in ${cwd}.`);
  if (!existsSync(path)) throw wrong(`There is no file ${path}.`);
  const loaded = await load(path);
  const made = loaded['default'];
  const given = typeof made === 'function' ? await make(path, made as () => unknown) : made;
  if (!isObject(given)) throw wrong(`${path} does not export options as its default, or a function that makes them.`);
  if ('useFactory' in given || 'useClass' in given || 'inject' in given)
    throw wrong(`${path} exports what forRootAsync() takes: export a function that makes the options of forRoot().`);
  const { close = loaded['close'], ...options } = given;
  if (close !== undefined && typeof close !== 'function') throw wrong(`${path} exports a close that is no function.`);
  return {
    options: options as unknown as GhlAuthModuleOptions,
    close: () => bounded(async () => void (await (close as (() => unknown) | undefined)?.())),
  };
}

/** A connection that went dead must not keep the command: all that it had to write is written. */
async function bounded(close: () => Promise<void>): Promise<void> {
  const closed = new AbortController();
  const limit = wait(CLOSE_MS, undefined, { signal: closed.signal }).catch(() => undefined);
  await Promise.race([close(), limit]).finally(() => closed.abort());
}

/** What a file exports, whichever kind of module it is and whatever compiled it. */
async function load(path: string): Promise<Record<string, unknown>> {
  try {
    const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
    const inner = module['default'];
    // A CommonJS file that was compiled from ES module syntax.
    return isObject(inner) && inner['__esModule'] === true ? { ...module, ...inner } : module;
  } catch (error) {
    throw new CommandError(`${path} cannot be loaded: ${(error as Error).message}`, EXIT.usage);
  }
}

async function make(path: string, factory: () => unknown): Promise<unknown> {
  try {
    return await factory();
  } catch (error) {
    throw new CommandError(`The function that ${path} exports has failed: ${(error as Error).message}`, EXIT.usage);
  }
}
