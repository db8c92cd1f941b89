import { randomBytes } from 'node:crypto';
import type { LeftPair } from '../decision/left-pair.js';
import { scrubError } from '../errors/scrub.js';
import { INSTALLATION_FORMAT, readInstallation } from '../installation/installation-codec.js';
import type { Alarms } from '../time/alarms.js';
import { contextOfNow } from '../time/apart.js';
import { waitFor } from '../time/wait-for.js';
import type { BodyCodec, BodyContext } from './body-codec.js';
import type { GhlAuthEmergencySink } from './emergency-sink.js';

/** The format that this release writes. Newer ones are left untouched, as are those of records. */
const FORMAT = 1;
const KIND = 'emergency';

/** What is under a key of the sink. */
export type Left =
  | { readonly recordKey: string; readonly left: LeftPair }
  /** Written by a newer release, or damaged: to be left as it is. */
  | { readonly unreadable: string };

interface Envelope {
  readonly format: number;
  /** Of the installation in the body. */
  readonly recordFormat: number;
  readonly key: string;
  readonly body: string;
}

/** The host's emergency sink, made safe to rely on: time limits, answers checked, errors cleaned, bodies sealed and opened. */
export class EmergencyStore {
  private readonly apart = contextOfNow();
  private readonly prefix: string;

  constructor(
    private readonly sink: GhlAuthEmergencySink,
    private readonly codec: BodyCodec,
    private readonly alarms: Alarms,
    private readonly settings: { readonly appId: string; readonly timeoutMs: number },
  ) {
    this.prefix = `ghl-auth-${settings.appId}-`;
  }

  newKey(): string {
    return this.prefix + randomBytes(16).toString('hex');
  }

  async put(sinkKey: string, recordKey: string, left: LeftPair): Promise<void> {
    const { credential } = left.installation;
    const body = await this.codec.seal(JSON.stringify(left), contextOf(recordKey), credential?.id);
    const envelope: Envelope = { format: FORMAT, recordFormat: INSTALLATION_FORMAT, key: recordKey, body };
    await this.call('put', () => this.sink.put(sinkKey, JSON.stringify(envelope)));
  }

  /** The keys of this app. */
  async list(): Promise<readonly string[]> {
    const keys: unknown = await this.call('list', () => this.sink.list());
    if (!Array.isArray(keys)) throw new Error(`list() answered ${typeof keys} instead of an array of keys`);
    return keys.filter((key): key is string => typeof key === 'string' && key.startsWith(this.prefix));
  }

  /** @returns `null` where it is gone */
  async get(sinkKey: string): Promise<Left | null> {
    const text: unknown = await this.call('get', () => this.sink.get(sinkKey));
    if (text === null || text === undefined) return null;
    if (typeof text !== 'string') throw new Error(`get() answered ${typeof text} instead of a text or null`);
    return this.open(text);
  }

  async remove(sinkKey: string): Promise<void> {
    await this.call('remove', () => this.sink.remove(sinkKey));
  }

  private async open(text: string): Promise<Left> {
    const envelope = envelopeFrom(text);
    if (envelope === null) return { unreadable: 'it is not what this module writes' };
    const { format, recordFormat, key, body } = envelope;
    if (format > FORMAT || recordFormat > INSTALLATION_FORMAT) return { unreadable: 'a newer release has written it' };
    const opened = await this.codec.open(body, contextOf(key));
    if ('problem' in opened) return { unreadable: opened.problem };
    const left = leftPairFrom(opened.text);
    const isOwn = opened.credentialId === undefined || opened.credentialId === left?.installation.credential?.id;
    return left !== null && isOwn ? { recordKey: key, left } : { unreadable: 'its body cannot be read' };
  }

  private async call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const { timeoutMs } = this.settings;
    const onTimeout = (): Error => new Error(`no answer within ${timeoutMs} ms (timeouts.storeMs)`);
    try {
      const promise = this.apart(() => Promise.resolve().then(work));
      return await waitFor(promise, this.alarms, { limitMs: timeoutMs, onTimeout });
    } catch (error) {
      throw sinkFailed(operation, scrubError(error));
    }
  }
}

const sinkFailed = (operation: string, cause: Error): Error =>
  new Error(`The emergency sink failed at ${operation}(): ${cause.message}`, { cause });

const contextOf = (key: string): BodyContext => ({ kind: KIND, key, format: FORMAT });

const parse = (text: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
};

const envelopeFrom = (text: string): Envelope | null => {
  const { format, recordFormat, key, body } = parse(text) ?? {};
  const isWhole = Number.isSafeInteger(format) && Number.isSafeInteger(recordFormat);
  if (!isWhole || typeof key !== 'string' || typeof body !== 'string') return null;
  return { format: format as number, recordFormat: recordFormat as number, key, body };
};

const leftPairFrom = (text: string): LeftPair | null => {
  const { installation, byCustomer, tombstone } = parse(text) ?? {};
  const read = readInstallation(JSON.stringify(installation ?? null));
  if (read === null || read.credential === null) return null;
  return {
    installation: read,
    byCustomer: byCustomer === true,
    tombstone: typeof tombstone === 'number' ? tombstone : null,
  };
};
