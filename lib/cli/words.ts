import { GhlAuthError } from '../errors/ghl-auth-error.js';
import { messageOf } from '../errors/scrub.js';
import type { InstallationRef } from '../installation/installation-ref.js';
import { CommandError, EXIT } from './exit-codes.js';

const REF = /^(?:(location|company):)?([A-Za-z0-9_-]{1,64})$/;
const DURATION = /^(\d{1,6})(s|m|h|d)$/;
const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The installation that a word of the command line names. @throws {CommandError} */
export function readRef(word: string, company?: string): InstallationRef {
  const [, kind = 'location', id] = REF.exec(word) ?? [];
  if (id === undefined || (company !== undefined && REF.exec(company)?.[1] !== undefined))
    throw new CommandError('Name an installation as location:ID, company:ID or ID (a location).', EXIT.usage);
  if (kind === 'location') return { locationId: id, ...(company !== undefined && { companyId: company }) };
  if (company !== undefined) throw new CommandError('--company is the parent of a location.', EXIT.usage);
  return { companyId: id };
}

/** How the command names an installation. */
export const nameOf = ({ locationId, companyId }: InstallationRef): string =>
  locationId === undefined ? `company:${companyId}` : `location:${locationId}`;

/** A duration such as `30m`, in ms. @throws {CommandError} */
export function readDuration(word: string): number {
  const [, count, unit] = DURATION.exec(word) ?? [];
  if (count === undefined) throw new CommandError('A duration is a number with s, m, h or d, such as 30m.', EXIT.usage);
  return Number(count) * UNITS[unit as keyof typeof UNITS];
}

/** A moment with a time zone, such as `2026-11-25T10:00:00Z`. @throws {CommandError} */
export function readMoment(word: string): Date {
  const moment = new Date(word);
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/i.test(word);
  if (!hasZone || Number.isNaN(moment.getTime()))
    throw new CommandError('A moment is written with its time zone, such as 2026-11-25T10:00:00Z.', EXIT.usage);
  return moment;
}

/** A length of time in one unit, for people. */
export function inWords(ms: number): string {
  const [unit, size] = Object.entries({ d: 86_400_000, h: 3_600_000, min: 60_000, s: 1_000 }).find(
    ([, size]) => Math.abs(ms) >= 2 * size,
  ) ?? ['s', 1_000];
  return `${Math.round(Math.abs(ms) / size)} ${unit}`;
}

/** A moment in UTC, with how far it is from now. */
export function momentOf(date: Date, now: number): string {
  const distance = date.getTime() - now;
  const text = date.toISOString().replace(/\.\d+Z$/, 'Z');
  return `${text} (${distance > 0 ? `in ${inWords(distance)}` : `${inWords(distance)} ago`})`;
}

/** What an error says, and what to do about it. Without secrets: of errors that are not our own the message is shown, cleaned. */
export function explain(error: unknown): string {
  if (error instanceof CommandError) return error.message;
  if (!(error instanceof GhlAuthError)) return messageOf(error);
  const { message, help, traceId, retryAt, reauthorizeUrl, cause } = error;
  const more = [
    cause !== undefined && `cause: ${messageOf(cause)}`,
    traceId && `trace id: ${traceId}`,
    error.code === 'GHL_PAUSED' && 'here: ghl-auth resume',
    retryAt && `next attempt: ${retryAt.toISOString()}`,
    reauthorizeUrl && `link for the customer: ${reauthorizeUrl}`,
  ].filter(Boolean);
  return [message, `  ${help}`, ...more.map((line) => `  ${line as string}`)].join('\n');
}
