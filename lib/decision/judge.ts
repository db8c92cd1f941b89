import type { Installation } from '../installation/installation.js';
import { isRejected, type Demand } from './demand.js';
import type { Policy } from './policy.js';
import { isWorthRecovering } from './rejection.js';
import { isUsable, renewalMoments } from './renewal.js';

/** The ways back that an installation without any depends on, as they are now. */
export interface WaysBack {
  /** A way back that was missing is there again, or may be tried. */
  isOpen(lacking: Installation['lacking'][number]): boolean;
}

/** What to do about a demand, given what is stored. */
export type Judgement = 'serve' | 'recover' | 'fail';

/** Whether a stored credential is what the demand asks for. */
export function satisfies(
  { credential, mark, state }: Installation,
  demand: Demand,
  policy: Policy,
  now: number,
): boolean {
  if (credential === null) return false;
  switch (demand.need) {
    case 'usable':
      return isUsable(credential, policy.windows, now, demand.minValidityMs);
    case 'renewal':
      if (demand.of !== undefined) return credential.id !== demand.of;
      // An unfinished rotation may have killed what is stored; and what is in trouble is tried again, though its token is valid still.
      return mark === null && state !== 'retrying' && now < renewalMoments(credential, policy.windows).advisoryAt;
    case 'replacement':
      return !isRejected(credential, demand.rejected) && isUsable(credential, policy.windows, now);
    case 'rotation':
      return false;
  }
}

/** Whether a credential that is not what the demand asks for may be handed out all the same while recovery has to wait. */
export function mayServeMeanwhile({ credential, state }: Installation, demand: Demand, now: number): boolean {
  if (credential === null || state === 'suspended' || state === 'needs_reauthorization' || now >= credential.expiresAt)
    return false;
  if (demand.need === 'replacement') return !isRejected(credential, demand.rejected);
  return demand.need === 'renewal' || (demand.need === 'usable' && now + demand.minValidityMs <= credential.expiresAt);
}

/** A rotation of which nobody knows the outcome keeps its pace, whoever asks. */
const isDue = ({ trouble, mark }: Installation, demand: Demand, now: number): boolean =>
  (demand.need === 'rotation' && demand.now === true && mark === null) ||
  trouble === null ||
  trouble.retryAt === null ||
  now >= trouble.retryAt;

/** Decides what to do about a demand. Pure. */
export function judge(
  installation: Installation,
  demand: Demand,
  policy: Policy,
  ways: WaysBack,
  now: number,
): Judgement {
  const { state, credential } = installation;
  if (state === 'uninstalled') return 'fail';
  if (state === 'suspended') return isDue(installation, demand, now) ? 'recover' : 'fail';
  if (state === 'needs_reauthorization') {
    return isDue(installation, demand, now) && installation.lacking.some((lacking) => ways.isOpen(lacking))
      ? 'recover'
      : 'fail';
  }
  if (satisfies(installation, demand, policy, now)) return 'serve';
  if (demand.need === 'replacement' && credential !== null && isRejected(credential, demand.rejected)) {
    if (!isWorthRecovering(credential, installation.rejections, demand.verdict, policy.guard, now)) return 'serve';
  }
  if (state === 'retrying' && !isDue(installation, demand, now))
    return mayServeMeanwhile(installation, demand, now) ? 'serve' : 'fail';
  return 'recover';
}
