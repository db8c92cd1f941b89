import { isGhlAuthError } from '../../../lib/errors/ghl-auth-error.js';
import type { AppState } from '../../../lib/decision/app-state.js';
import type { InstallationState } from '../../../lib/installation/installation.js';
import type { Commit } from './chronicle.js';
import type { Evidence } from './evidence.js';
import { pairsOf } from './rules/rule-03.js';

type Count = (evidence: Evidence) => number;

/** A commit of an instance. */
type OwnCommit = Commit & { readonly writer: NonNullable<Commit['writer']> };

const ownCommits = ({ chronicle }: Evidence): OwnCommit[] =>
  chronicle.commits.filter((commit): commit is OwnCommit => commit.writer !== null);

const entered =
  (to: InstallationState, from?: InstallationState): Count =>
  (evidence) =>
    ownCommits(evidence).filter(
      ({ before, after }) =>
        after?.state === to && before?.state !== to && (from === undefined || before?.state === from),
    ).length;

const logged =
  (beginning: string): Count =>
  ({ chronicle }) =>
    chronicle.members.flatMap(({ log }) => log).filter(({ message }) => message.startsWith(beginning)).length;

const app =
  (isClosed: (state: AppState) => boolean, was: boolean): Count =>
  ({ chronicle }) =>
    chronicle.appCommits.filter(
      ({ before, after }) => after !== null && (before !== null && isClosed(before)) === was && isClosed(after) !== was,
    ).length;

const isReconnectClosed = ({ reconnect }: AppState): boolean => Object.keys(reconnect).length > 0;
const isSecretRefused = ({ clients }: AppState): boolean =>
  Object.values(clients).some(({ closed }) => closed !== null);

const wantedElsewhere: Count = ({ chronicle }) =>
  chronicle.asked.filter(({ cast, member, tick }) =>
    chronicle.calls.some(
      (call) =>
        call.what === 'refresh' &&
        call.cast === cast &&
        call.member !== member &&
        call.tick < tick &&
        (call.learned?.tick ?? call.member.process.diedAt) > tick,
    ),
  ).length;

const leasesTakenOver: Count = (evidence) =>
  ownCommits(evidence).filter(({ before, after, writer }) => {
    const [held, taken] = [before?.lease, after?.lease];
    return held != null && taken != null && held.id !== taken.id && evidence.ownerOf(held.id) !== writer;
  }).length;

const marksTakenOver: Count = (evidence) =>
  evidence.world.casts
    .flatMap((cast) => evidence.callsOf(cast, 'refresh').map((call) => ({ cast, call })))
    .filter(({ cast, call }) => {
      const mark = evidence.storedAt(cast, call.tick)?.mark;
      const calls = evidence
        .callsOf(cast, 'refresh')
        .filter(({ presented, tick }) => presented === call.presented && tick < call.tick);
      return mark != null && mark.times > 1 && calls.length > 0 && calls.every(({ member }) => member !== call.member);
    }).length;

const latePairsStored: Count = (evidence) =>
  ownCommits(evidence).filter(({ before, after, writer }) => {
    const isNew = after?.credential != null && after.credential.id !== before?.credential?.id;
    const isByRecovery = after?.credential?.origin === 'refresh' || after?.credential?.origin === 'reconnect';
    const holder = before?.lease == null ? null : evidence.ownerOf(before.lease.id);
    return isNew && isByRecovery && before !== null && before.state !== 'uninstalled' && holder !== writer;
  }).length;

const diedWithProcess: Count = (evidence) =>
  evidence.world.casts.reduce((count, cast) => {
    const stored = new Set(evidence.commitsOf(cast).map(({ after }) => evidence.accessTokenIn(after)));
    const isGone = ({ access, call }: ReturnType<typeof pairsOf>[number]): boolean =>
      !stored.has(access) && !call.member.process.isAlive;
    return count + pairsOf(evidence, cast).filter(isGone).length;
  }, 0);

const mintsThatWaited: Count = (evidence) => {
  const renewals = evidence.callsOf(evidence.world.cast('agency'), 'refresh');
  return evidence.chronicle.calls.filter(({ what, cast, member, tick }) => {
    if (what !== 'mint' || cast === undefined) return false;
    const lease = evidence.storedAt(cast, tick)?.lease?.id;
    const begun = evidence.commitsOf(cast).find(({ after }) => after?.lease?.id === lease)?.tick ?? tick;
    return renewals.some((renewal) => renewal.member === member && renewal.tick > begun && renewal.tick < tick);
  }).length;
};

const inTheMiddle =
  (isDisturbed: (call: Evidence['chronicle']['calls'][number], learned: number) => boolean): Count =>
  ({ chronicle }) =>
    chronicle.calls.filter((call) => call.learned !== null && isDisturbed(call, call.learned.tick)).length;

/** Situations in which something could go wrong. If one of them never comes up, nothing was shown for it. */
export const SITUATIONS: Readonly<Record<string, Count>> = {
  'a rotation is under way while another instance wants it': wantedElsewhere,
  'two instances save at once, and one of them looks again': ({ chronicle }) => chronicle.conflicts,
  'a lease is taken over from somebody who died, stood still or lost it': leasesTakenOver,
  'a mark is found, and the refresh token presented again': marksTakenOver,
  'the answer is repeated within the grace': ({ world }) => world.simulator.ledger.graceRepeats().length,
  'a refresh token is presented in the dark, and refused': ({ world }) =>
    world.simulator.ledger.refreshes().filter(({ refusal }) => refusal === 'refreshTokenInvalid').length,
  'a late pair is stored': latePairsStored,
  'a late pair is dropped': logged('A late credential was dropped'),
  'a pair is held in memory while the store fails': logged('A new pair is not taken by the store'),
  'a pair is stored when the store is back': logged('A new pair that the store had not taken'),
  'a pair dies with its process': diedWithProcess,
  'a pair is put into the emergency sink': logged('A new pair that the store does not take is in the emergency sink'),
  'a pair is taken back from the emergency sink': logged('A pair of the emergency sink that the store had not taken'),
  'what the store lost is written back': logged('The store had lost an installation'),
  'a location is minted from its company': ({ world }) => world.simulator.ledger.mints().length,
  'a location waits for its company to be renewed': mintsThatWaited,
  'a place is reconnected': ({ chronicle }) =>
    chronicle.commits.filter(
      ({ before, after }) =>
        after?.credential?.origin === 'reconnect' && before?.credential?.id !== after.credential.id,
    ).length,
  'a place that the store does not know is found in the directory': entered('pending'),
  'retrying, and recovered': entered('active', 'retrying'),
  'suspended, and resumed': entered('active', 'suspended'),
  'given up': entered('needs_reauthorization'),
  'given up, and back': entered('active', 'needs_reauthorization'),
  'a tombstone is put up': entered('uninstalled'),
  'a tombstone is lifted': entered('active', 'uninstalled'),
  'Reconnect is closed': app(isReconnectClosed, false),
  'Reconnect is closed, and opens again': app(isReconnectClosed, true),
  'the client secret is refused': app(isSecretRefused, false),
  'the client secret is refused, and accepted again': app(isSecretRefused, true),
  'somebody needs a token while recovery is paused': ({ chronicle }) =>
    chronicle.asked.filter(({ settled }) => isGhlAuthError(settled?.error, 'GHL_PAUSED')).length,
  'a replaced client secret is asked for': ({ chronicle }) => chronicle.clientsAsked,
  'the host is told once more': ({ chronicle }) =>
    chronicle.tellings.length - new Set(chronicle.tellings.map(({ change }) => change.id)).size,
  'an instance shuts down in the middle of a call': inTheMiddle(({ member, tick }, learned) => {
    const closing = member.closing?.tick ?? 0;
    return closing > tick && closing < learned;
  }),
  'a process stands still in the middle of a call': inTheMiddle(
    ({ member, tick }, learned) => !member.process.ranFrom(tick, learned),
  ),
};
