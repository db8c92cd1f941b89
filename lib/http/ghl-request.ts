import type { AxiosRequestConfig } from 'axios';
import { GhlAuthError } from '../errors/ghl-auth-error.js';
import { assertInstallationRef, type InstallationRef } from '../installation/installation-ref.js';

/** An installation with what is special about this request. */
export interface GhlRequestOptions {
  readonly installation: InstallationRef;
  /**
   * Makes the body anew where it cannot be sent twice (streams, the `form-data` package): for a replay, and for a request that somebody sends
   * again, such as axios-retry. Called for nothing else, and must not answer what has been sent already.
   * @default the body itself, where that can be sent twice
   */
  readonly body?: () => unknown;
  /**
   * Whether a request that HighLevel answered with 401 is sent once more after the recovery.
   * @default true
   */
  readonly replay?: boolean;
  /**
   * The `Version` header of this request; a header that is set by hand beats it.
   * @default the module's `apiVersion`
   */
  readonly apiVersion?: string;
}

/** For whom a request is made: an installation, or with `false` nobody, without a token. */
export type GhlRequest = InstallationRef | GhlRequestOptions | false;

/** The config of a request through {@link GhlHttpService}: axios' own, and for whom it is made. */
export type GhlRequestConfig<D = unknown> = AxiosRequestConfig<D> & { readonly ghl: GhlRequest };

const optionsOf = (ghl: unknown): GhlRequestOptions => {
  if (typeof ghl !== 'object' || ghl === null || !('installation' in ghl)) {
    return { installation: ghl as InstallationRef };
  }
  // Two names for one request come about when axios merges defaults with a config; neither is worth a guess.
  if ('locationId' in ghl || 'companyId' in ghl) {
    const message = 'ghl names an installation both in installation and beside it. Pass one of them.';
    throw new GhlAuthError('GHL_REF_INVALID', message);
  }
  return ghl as GhlRequestOptions;
};

/**
 * Reads for whom a request is made. `null`: for nobody.
 * @throws {GhlAuthError} `GHL_REF_MISSING`, `GHL_REF_INVALID`
 */
export function readGhlRequest(config: object): GhlRequestOptions | null {
  const { ghl } = config as { readonly ghl?: unknown };
  if (ghl === false) return null;
  if (ghl === undefined || ghl === null) {
    throw new GhlAuthError('GHL_REF_MISSING', 'The request does not say for which installation it is made');
  }
  const options = optionsOf(ghl);
  assertInstallationRef(options.installation);
  return options;
}
