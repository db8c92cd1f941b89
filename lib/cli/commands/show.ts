import { ERROR_CODES } from '../../errors/error-codes.js';
import { GhlAuthError } from '../../errors/ghl-auth-error.js';
import type { Installation, InstallationEvent, InstallationStatus } from '../../installation/installation.js';
import { refOf, type InstallationRef } from '../../installation/installation-ref.js';
import { statusOf } from '../../services/installation-views.js';
import type { Stored } from '../../storage/installation-store.js';
import type { CommandContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Fact } from '../output.js';
import { momentOf, nameOf } from '../words.js';

/** What is known of one installation: what happened, when, why, and what comes next. Calls nobody. */
export async function show(context: CommandContext, ref: InstallationRef): Promise<ExitCode> {
  const { engine, out, reconnects } = context;
  const stored = await storedAt(context, ref);
  const status = statusOf(stored.installation, engine.dueOf(stored));
  const pauses = await reconnects.pauses();
  const isEnded = status.state === 'needs_reauthorization';
  const reauthorizeUrl = isEnded ? engine.linkFor(stored.installation) : undefined;
  const next = nextStep(stored.installation, status, engine.clock.now());
  const moment = (date: Date | null): string | null => date && momentOf(date, engine.clock.now());
  const facts: Fact[] = [
    ['installation', nameOf(status.installation)],
    ['company', status.installation.locationId === undefined ? null : (status.installation.companyId ?? 'not known')],
    ['state', `${status.state} since ${moment(status.since)}`],
    ...why(status, moment),
    ['next', next],
    ['reauthorize', reauthorizeUrl],
    ['paused', pauses.map(({ scope, reason }) => (reason === null ? scope : `${scope}: ${reason}`)).join('; ') || null],
    ['access token', status.expiresAt && `expires ${moment(status.expiresAt)}`],
    ['obtained', status.obtainedAt && `by ${status.origin} ${moment(status.obtainedAt)}`],
    ['refresh token', status.origin === null ? null : status.refreshable ? 'there' : 'none that has not been refused'],
    ['generation', String(status.generation)],
    ['client id', status.clientId],
    ['user type', status.userType],
    ['scopes', status.scopes.join(' ') || null],
    ['last used', moment(new Date(stored.installation.lastUsedAt))],
    ...happened(status),
  ];
  await out.facts(facts, { ...status, next, reauthorizeUrl, pauses });
  return EXIT.ok;
}

/** What is stored for an installation. @throws {GhlAuthError} */
export async function storedAt({ engine }: CommandContext, ref: InstallationRef): Promise<Stored> {
  const place = engine.keeper.placeOf(ref);
  const stored = await engine.store.find(place.key);
  if (stored !== null) return stored;
  const message = `The store knows no installation for ${place.kind} ${place.id}`;
  throw new GhlAuthError('GHL_INSTALLATION_UNKNOWN', message, { installation: refOf(place) });
}

/** What happened, oldest first. */
const happened = ({ history }: InstallationStatus): readonly Fact[] =>
  history.map((event) => [event.at.toISOString(), wordsOf(event)]);

const wordsOf = ({ event, origin, generation, from, to, code, traceId }: InstallationEvent): string => {
  const what =
    event === 'credential'
      ? `credential ${generation} by ${origin}`
      : event === 'state'
        ? `${from ?? 'new'} → ${to}`
        : 'trouble';
  return [what, code, traceId && `traceId ${traceId}`].filter(Boolean).join(', ');
};

const why = ({ trouble }: InstallationStatus, moment: (date: Date | null) => string | null): readonly Fact[] => {
  if (trouble === null) return [];
  const { code, message, rung, status, traceId, since, at, attempts } = trouble;
  return [
    ['reason', `${code}: ${message}`],
    ['help', ERROR_CODES[code].help],
    ['first seen', moment(since)],
    ['last seen', `${moment(at)}, attempt ${attempts}`],
    ['rung', rung],
    ['HTTP status', status === undefined ? null : String(status)],
    ['trace id', traceId],
  ];
};

const nextStep = ({ mark }: Installation, { state, due, refreshable }: InstallationStatus, now: number): string => {
  const at = due === null ? null : momentOf(due, now);
  if (mark !== null)
    return 'a rotation has begun whose outcome is not stored yet: it is finished by the next call or sweep';
  switch (state) {
    case 'active':
      if (at !== null) return `renewed by the sweep ${at}, unless nobody uses it`;
      return refreshable ? 'renewed at its next use' : 'minted or reconnected again at its next use';
    case 'pending':
      return 'recovered at its next use';
    case 'retrying':
      return at === null ? 'tried again at its next use' : `tried again ${at}`;
    case 'suspended':
      return at === null ? 'looked at at its next use' : `looked at again ${at}`;
    case 'needs_reauthorization':
      return at === null ? 'waits for the customer' : `waits for the customer; a missing way back is looked for ${at}`;
    case 'uninstalled':
      return 'waits for a new installation by the customer';
  }
};
