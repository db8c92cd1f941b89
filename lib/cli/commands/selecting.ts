import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { GhlAuthErrorCode } from '../../errors/error-codes.js';
import type { InstallationState } from '../../installation/installation.js';
import { describe, isSelected } from '../../jobs/selection.js';
import type { JobSelection, StoreSelection } from '../../jobs/job-types.js';
import type { CommandContext } from '../context.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { readMoment } from '../words.js';

/** What a command line can say about which installations it is about. */
export interface SelectionOptions {
  readonly all?: boolean;
  readonly state?: readonly InstallationState[];
  readonly error?: readonly GhlAuthErrorCode[];
  readonly company?: string;
  readonly installed?: boolean;
  readonly issuedFrom?: string;
  readonly issuedUntil?: string;
  readonly idsFrom?: string;
  readonly directory?: boolean;
  readonly limit?: number;
}

/** A selection, with how many it is about where that can be known before. */
export interface Selected {
  readonly selection: JobSelection;
  readonly words: string;
  readonly count: number | null;
}

const usage = (problem: string): CommandError => new CommandError(problem, EXIT.usage);

const ofStore = ({ state, error, issuedFrom, issuedUntil }: SelectionOptions): boolean =>
  [state, error, issuedFrom, issuedUntil].some((option) => option !== undefined);

/** Whether the command line selects several, and does not name one. */
export const isSelection = (options: SelectionOptions): boolean =>
  Boolean(options.all || options.installed || options.directory || options.idsFrom !== undefined) ||
  ofStore(options) ||
  options.limit !== undefined;

/** Reads what the command line selects. @throws {CommandError} */
export async function select(
  context: CommandContext,
  ids: readonly string[],
  options: SelectionOptions,
): Promise<Selected> {
  const { directory, installed, company, idsFrom, limit } = options;
  const sources = [ids.length > 0, idsFrom !== undefined, directory === true, installed === true];
  const others = sources.filter(Boolean).length;
  if (others > 1) throw usage('Name ids, or pass one of --ids-from, --directory and --installed.');
  if (others === 1 && (ofStore(options) || options.all))
    throw usage('--all, --state, --error and --issued-… select from the store.');
  const isParent = ids.length === 1 && others === 1;
  if (others === 1 && company !== undefined && !installed && !isParent)
    throw usage('--company selects from the store, or with --installed.');
  if (installed && company === undefined) throw usage('--installed needs --company.');
  if (others === 0 && company === undefined && !options.all && !ofStore(options))
    throw usage(
      'Name installations, or select some: --all, --state, --error, --company, --issued-from, --ids-from, --directory.',
    );
  const bounded = limit === undefined ? {} : { limit };
  if (ids.length > 0 || idsFrom !== undefined) {
    const named = isParent && company !== undefined ? [`${ids[0]},${company}`] : [...ids];
    const list = named.length > 0 ? named : await linesOf(context.stdin, idsFrom as string);
    return selected({ from: 'ids', ids: list, ...bounded }, list.filter((line) => line.trim() !== '').length);
  }
  if (directory) return selected({ from: 'directory', ...bounded }, await countDirectory(context));
  if (installed) return selected({ from: 'company', companyId: company as string, ...bounded }, null);
  const selection: StoreSelection = storeSelection(options);
  return selected({ ...selection, ...bounded }, await countStored(context, selection, limit));
}

const selected = (selection: JobSelection, count: number | null): Selected => ({
  selection,
  words: describe(selection),
  count: count === null ? null : Math.min(count, selection.limit ?? Number.POSITIVE_INFINITY),
});

const storeSelection = ({ state, error, company, issuedFrom, issuedUntil }: SelectionOptions): StoreSelection => ({
  ...(state !== undefined && { states: state }),
  ...(error !== undefined && { errors: error }),
  ...(company !== undefined && { companyId: company }),
  ...(issuedFrom !== undefined && { issuedFrom: readMoment(issuedFrom) }),
  ...(issuedUntil !== undefined && { issuedUntil: readMoment(issuedUntil) }),
});

async function countStored(
  { engine, signal }: CommandContext,
  selection: StoreSelection,
  limit = Number.POSITIVE_INFINITY,
): Promise<number> {
  const { companyId } = selection;
  let count = 0;
  for await (const page of engine.store.pages({ ...(companyId !== undefined && { companyId }), limit: 200 })) {
    signal.throwIfAborted();
    count += page.filter(({ installation }) => isSelected(installation, selection)).length;
    if (count >= limit) break;
  }
  return count;
}

async function countDirectory({ ports }: CommandContext): Promise<number> {
  if (ports.directory?.list === undefined) throw usage("--directory needs a directory with list() in the host's file.");
  let count = 0;
  for await (const _ of ports.directory.list()) count += 1;
  return count;
}

/** The lines of a file, or of what is piped in. */
async function linesOf(stdin: Readable, name: string): Promise<string[]> {
  if (name !== '-')
    await access(name).catch(() => {
      throw usage(`There is no file ${name}.`);
    });
  const lines: string[] = [];
  for await (const line of createInterface({ input: name === '-' ? stdin : createReadStream(name) })) lines.push(line);
  return lines;
}
