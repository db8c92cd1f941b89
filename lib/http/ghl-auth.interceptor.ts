import axios, {
  type AxiosAdapter,
  type AxiosInstance,
  type AxiosRequestConfig,
  type InternalAxiosRequestConfig,
} from 'axios';
import { configInvalid } from '../config/config-problem.js';
import { GhlAuthError, isGhlAuthError } from '../errors/ghl-auth-error.js';
import { scrubError } from '../errors/scrub.js';
import type { AuthorizedAdapter } from './authorized-adapter.js';
import { readGhlRequest, type GhlRequest, type GhlRequestOptions } from './ghl-request.js';
import { OwnAdapters } from './own-adapters.js';

/** How {@link GhlAuthInterceptor.attach} finds out for whom a request is made. */
export interface AttachOptions {
  /**
   * Names the installation of a request, from its final config. `null`, `undefined` or `false`: for none, and the request passes
   * through untouched. A request with a `ghl` of its own in its config is not asked about. If it throws, that request fails with
   * `GHL_REF_INVALID`, and no other.
   */
  readonly resolve: (config: InternalAxiosRequestConfig) => GhlRequest | null | undefined;
}

/** As much of an axios instance as is needed: whichever copy and release of axios it comes from. */
type Attachable = Pick<AxiosInstance, 'defaults' | 'interceptors'>;

/**
 * Puts the module on an axios instance of the host's own: tokens on requests, and the same recovery from 401s as `GhlHttpService`.
 * The instance keeps its interceptors; they run once per request, whatever their order.
 */
export class GhlAuthInterceptor {
  private readonly attached = new WeakMap<Attachable, () => void>();

  /** Made by the module. @internal */
  constructor(private readonly adapter: AuthorizedAdapter) {}

  /**
   * Attaches to an instance; attaching again changes nothing.
   * @returns a function that detaches
   * @throws {GhlAuthError} `GHL_CONFIG_INVALID` without an axios instance or without `resolve`
   */
  attach(instance: Attachable, options: AttachOptions): () => void {
    if (typeof options?.resolve !== 'function') {
      throw configInvalid(['attach() needs resolve: pass { resolve: (config) => ({ locationId }) or null }']);
    }
    if (typeof instance?.interceptors?.request?.use !== 'function') {
      throw configInvalid(['attach() needs an axios instance, such as axios.create() or httpService.axiosRef']);
    }
    const before = this.attached.get(instance);
    if (before !== undefined) return before;
    const detach = this.putBetween(instance, options);
    this.attached.set(instance, detach);
    return detach;
  }

  private putBetween(instance: Attachable, options: AttachOptions): () => void {
    const { defaults } = instance;
    const original = defaults.adapter;
    let isAttached = true;
    const own = new OwnAdapters();
    const over = (chosen: AxiosRequestConfig['adapter']): AxiosAdapter =>
      own.add(async (config) => {
        const request = isAttached ? requestOf(config, options) : null;
        return request === null
          ? axios.getAdapter(chosen, config)(config)
          : this.adapter.send(config, request, this.adapter.beneath(chosen, config));
      });
    const authorized = over(original);
    defaults.adapter = authorized;
    // A request or an interceptor may choose an adapter of its own: it goes underneath. One that is sent again has gone there already.
    const interceptor = instance.interceptors.request.use((config) => {
      const chosen = config.adapter;
      if (isAttached && !own.has(chosen)) config.adapter = over(chosen ?? original);
      return config;
    });
    return () => {
      isAttached = false;
      this.attached.delete(instance);
      instance.interceptors.request.eject(interceptor);
      if (defaults.adapter === authorized) {
        if (original === undefined) delete defaults.adapter;
        else defaults.adapter = original;
      }
    };
  }
}

const requestOf = (config: InternalAxiosRequestConfig, { resolve }: AttachOptions): GhlRequestOptions | null => {
  if ('ghl' in config) return readGhlRequest(config);
  let ghl: GhlRequest | null | undefined;
  try {
    ghl = resolve(config);
  } catch (error) {
    if (isGhlAuthError(error)) throw error;
    throw new GhlAuthError('GHL_REF_INVALID', 'resolve() threw instead of naming an installation', {
      cause: scrubError(error),
    });
  }
  return ghl === null || ghl === undefined ? null : readGhlRequest({ ghl });
};
