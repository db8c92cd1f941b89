import { GhlAuthError, isGhlAuthError } from '../errors/ghl-auth-error.js';
import { installationRefOf, type Installation, type Trouble } from '../installation/installation.js';

const causeOf = (trouble: Trouble, installation: Installation): GhlAuthError =>
  new GhlAuthError(trouble.code, trouble.message, {
    installation: installationRefOf(installation),
    status: trouble.status,
    traceId: trouble.traceId,
    retryAt: momentOf(trouble),
  });

const momentOf = (trouble: Trouble | null): Date | undefined =>
  trouble?.retryAt == null ? undefined : new Date(trouble.retryAt);

/**
 * The error for an installation of which no token can be had in its present state.
 * @param isNews the trouble was met just now, and not found in the record
 */
export function errorFor(installation: Installation, link: string | undefined, isNews = false): GhlAuthError {
  const { state, trouble } = installation;
  const ref = installationRefOf(installation);
  const name =
    installation.locationId === null ? `company ${installation.companyId}` : `location ${installation.locationId}`;
  const details = { installation: ref, status: trouble?.status, traceId: trouble?.traceId, retryAt: momentOf(trouble) };
  const cause = trouble === null ? undefined : causeOf(trouble, installation);
  switch (state) {
    case 'uninstalled':
      return new GhlAuthError('GHL_UNINSTALLED', `The app was uninstalled from ${name}`, { installation: ref });
    case 'suspended':
      return new GhlAuthError('GHL_SUSPENDED', `HighLevel says that ${name} is not active`, details);
    case 'needs_reauthorization':
      return new GhlAuthError(
        'GHL_NEEDS_REAUTHORIZATION',
        `The customer has to authorize the app again for ${name}${trouble ? ` (${trouble.message})` : ''}`,
        {
          ...details,
          cause,
          reauthorizeUrl: link,
        },
      );
    default:
      if (isNews && cause !== undefined) return cause;
      return new GhlAuthError('GHL_RECOVERY_PENDING', `The recovery of ${name} waits for its next attempt`, {
        ...details,
        cause,
      });
  }
}

/** An error for one more caller: what one of them adds to its error, the others do not find on theirs. */
export function ownCopyOf(error: unknown): unknown {
  if (!isGhlAuthError(error)) return error;
  return new GhlAuthError(error.code, error.message, { ...error, cause: ownCopyOf(error.cause) });
}
