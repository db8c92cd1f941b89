import { configInvalid } from '../config/config-problem.js';
import { isId, type InstallationRef } from '../installation/installation-ref.js';
import type { Installation } from '../installation/installation.js';
import type { InstallationDirectory } from '../recovery/directory.js';
import type { InstallationStore } from '../storage/installation-store.js';
import type { Entry } from './job.js';
import type { CompanySelection, IdSelection, JobSelection, StoreSelection } from './job-types.js';

/** What can be listed, and how. */
export interface Sources {
  readonly store: InstallationStore;
  readonly directory: InstallationDirectory | undefined;
  /** The locations of a company in which HighLevel says that the app is installed. */
  installedLocations(companyId: string): AsyncIterable<string>;
}

/** The selected installations, read piece by piece. @throws {GhlAuthError} `GHL_CONFIG_INVALID`, and what a source fails with */
export async function* entriesOf(selection: JobSelection, sources: Sources): AsyncGenerator<Entry> {
  let count = 0;
  const { limit = Number.POSITIVE_INFINITY } = selection;
  for await (const entry of all(selection, sources)) {
    if (count >= limit) return;
    count += 1;
    yield entry;
  }
}

/** The selection in words, without the ids. */
export function describe(selection: JobSelection): string {
  const { limit } = selection;
  return wordsOf(selection) + (limit === undefined ? '' : `, at most ${limit}`);
}

const wordsOf = (selection: JobSelection): string => {
  switch (selection.from) {
    case 'ids':
      return 'a list of ids';
    case 'directory':
      return 'everything in the directory';
    case 'company':
      return `company ${selection.companyId} and its installed locations`;
    default: {
      const { states, companyId, errors, issuedFrom, issuedUntil } = selection;
      const parts = [
        companyId && `of company ${companyId}`,
        states && `in state ${states.join(' or ')}`,
        errors && `with ${errors.join(' or ')}`,
        issuedFrom && `issued from ${issuedFrom.toISOString()}`,
        issuedUntil && `issued before ${issuedUntil.toISOString()}`,
      ].filter(Boolean);
      return ['stored installations', ...parts].join(' ');
    }
  }
};

function all(selection: JobSelection, sources: Sources): AsyncIterable<Entry> {
  switch (selection.from) {
    case 'ids':
      return fromIds(selection.ids);
    case 'directory':
      return fromDirectory(sources.directory);
    case 'company':
      return fromCompany(selection, sources);
    default:
      return fromStore(selection, sources.store);
  }
}

async function* fromStore(selection: StoreSelection, store: InstallationStore): AsyncGenerator<Entry> {
  const { companyId } = selection;
  for await (const page of store.pages({ ...(companyId !== undefined && { companyId }), limit: 200 }))
    for (const { installation } of page) {
      const { locationId, companyId: parent } = installation;
      if (!isSelected(installation, selection)) continue;
      yield locationId === null
        ? { companyId: parent as string }
        : { locationId, ...(parent !== null && { companyId: parent }) };
    }
}

/** Whether everything that is asked for is true of it. */
export function isSelected(
  { state, trouble, credential }: Installation,
  { states, errors, issuedFrom, issuedUntil }: StoreSelection,
): boolean {
  const issuedAt = credential?.obtainedAt;
  return (
    (states === undefined || states.includes(state)) &&
    (errors === undefined || (trouble !== null && errors.includes(trouble.code))) &&
    (issuedFrom === undefined || (issuedAt !== undefined && issuedAt >= issuedFrom.getTime())) &&
    (issuedUntil === undefined || (issuedAt !== undefined && issuedAt < issuedUntil.getTime()))
  );
}

/** Each id once; what is none, or was there before, is accounted for too. */
async function* fromIds(ids: IdSelection['ids']): AsyncGenerator<Entry> {
  const seen = new Set<string>();
  for await (const given of ids) {
    const entry = typeof given === 'string' ? entryFrom(given) : entryOf(given);
    if (entry === null) continue;
    if ('not' in entry) yield entry;
    else {
      const name = entry.locationId === undefined ? `company:${entry.companyId}` : entry.locationId;
      if (seen.has(name)) yield { not: 'duplicate', text: name };
      else yield entry;
      seen.add(name);
    }
  }
}

async function* fromDirectory(directory: InstallationDirectory | undefined): AsyncGenerator<Entry> {
  if (directory?.list === undefined)
    throw configInvalid(['from: "directory" needs a directory with list(): give your InstallationDirectory one']);
  for await (const listed of directory.list()) yield entryOf(listed);
}

async function* fromCompany({ companyId }: CompanySelection, sources: Sources): AsyncGenerator<Entry> {
  yield { companyId };
  for await (const locationId of sources.installedLocations(companyId)) yield { locationId, companyId };
}

const LINE = /^(?:(location|company):)?([^\s,;]+)(?:\s*[,;\t]\s*([^\s,;]+))?$/;

/** An entry of a line of text; `null` where there is nothing in it. */
export function entryFrom(line: string): Entry | null {
  const text = line.replace(/^\uFEFF/, '').trim();
  if (text === '' || text.startsWith('#')) return null;
  const [, kind, id, parent] = LINE.exec(text) ?? [];
  const isParent = parent === undefined || (kind !== 'company' && isId(parent));
  if (!isId(id) || !isParent) return { not: 'invalid', text: shown(text) };
  if (kind === 'company') return { companyId: id };
  return { locationId: id, ...(parent !== undefined && { companyId: parent }) };
}

const entryOf = (given: InstallationRef & { readonly clientId?: string | undefined }): Entry => {
  const { locationId, companyId, clientId } = (given ?? {}) as Record<string, unknown>;
  const more = typeof clientId === 'string' ? { clientId } : {};
  if (isId(locationId) && (companyId === undefined || isId(companyId)))
    return { locationId, ...(companyId !== undefined && { companyId }), ...more };
  if (locationId === undefined && isId(companyId)) return { companyId, ...more };
  return { not: 'invalid', text: shown(String(locationId ?? companyId)) };
};

/** What was there instead of an id may be anything, a token too: only so much of it is shown that it can be found again. */
const shown = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 12);
