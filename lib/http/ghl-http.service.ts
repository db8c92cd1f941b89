/* eslint-disable @typescript-eslint/no-unsafe-declaration-merging -- nothing but the types of Nest's methods differs */
/* eslint-disable @typescript-eslint/no-explicit-any -- the type parameters of axios and of Nest's HttpService, as they are */
import { HttpService } from '@nestjs/axios';
import axios, {
  type AxiosAdapter,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { Observable } from 'rxjs';
import type { AuthorizedAdapter } from './authorized-adapter.js';
import { readGhlRequest, type GhlRequestConfig } from './ghl-request.js';
import { OwnAdapters } from './own-adapters.js';

/** A call with a body, of an axios instance. */
type CallWithBody = <T = any, R = AxiosResponse<T>, D = any>(
  url: string,
  data: D | undefined,
  config: GhlRequestConfig<D>,
) => Promise<R>;

/** A call without a body, of an axios instance. */
type Call = <T = any, R = AxiosResponse<T>, D = any>(url: string, config: GhlRequestConfig<D>) => Promise<R>;

/** The calls of an axios instance, with configs that say for whom a request is made. */
export interface GhlAxiosCalls {
  <T = any, R = AxiosResponse<T>, D = any>(config: GhlRequestConfig<D>): Promise<R>;
  <T = any, R = AxiosResponse<T>, D = any>(url: string, config: GhlRequestConfig<D>): Promise<R>;
  request<T = any, R = AxiosResponse<T>, D = any>(config: GhlRequestConfig<D>): Promise<R>;
  get: Call;
  delete: Call;
  head: Call;
  options: Call;
  post: CallWithBody;
  put: CallWithBody;
  patch: CallWithBody;
  postForm: CallWithBody;
  putForm: CallWithBody;
  patchForm: CallWithBody;
}

/**
 * The axios instance of {@link GhlHttpService}: a request that does not say for whom it is made fails with `GHL_REF_MISSING`. Its type is that of
 * Nest's: a CommonJS host of `@nestjs/axios` 12, an ES module, would find other types of axios than that has.
 */
export type GhlAxiosInstance = HttpService['axiosRef'] & GhlAxiosCalls;

/**
 * Nest's `HttpService` for HighLevel, on an axios of its own: `Authorization` and `Version` on every request, a 401 that a new token can
 * repair recovered and the request replayed once. Every request names its installation: `{ ghl: { locationId } }`, or `{ ghl: false }`.
 *
 * Rejects with axios' own error (cleaned of the token) for what HighLevel answered, and with a {@link GhlAuthError} where no token could be had.
 */
export class GhlHttpService extends HttpService {
  /** The axios instance, for promise style and interceptors. */
  override get axiosRef(): GhlAxiosInstance {
    return this.instance as GhlAxiosInstance;
  }
}

/** Nest's methods, each with a config that says for whom the request is made. */
export interface GhlHttpService {
  request<T = any>(config: GhlRequestConfig): Observable<AxiosResponse<T>>;

  get<T = any, D = any>(url: string, config: GhlRequestConfig<D>): Observable<AxiosResponse<T, D>>;

  delete<T = any, D = any>(url: string, config: GhlRequestConfig<D>): Observable<AxiosResponse<T, D>>;

  head<T = any, D = any>(url: string, config: GhlRequestConfig<D>): Observable<AxiosResponse<T, D>>;

  post<T = any, D = any>(
    url: string,
    data: D | undefined,
    config: GhlRequestConfig<D>,
  ): Observable<AxiosResponse<T, D>>;

  put<T = any, D = any>(url: string, data: D | undefined, config: GhlRequestConfig<D>): Observable<AxiosResponse<T, D>>;

  patch<T = any, D = any>(
    url: string,
    data: D | undefined,
    config: GhlRequestConfig<D>,
  ): Observable<AxiosResponse<T, D>>;

  /** Sends a multipart form. Made of a plain object it cannot be replayed unless `ghl.body` makes that object again. */
  postForm<T = any, D = any>(
    url: string,
    data: D | undefined,
    config: GhlRequestConfig<D>,
  ): Observable<AxiosResponse<T, D>>;

  /** As {@link postForm}. */
  putForm<T = any, D = any>(
    url: string,
    data: D | undefined,
    config: GhlRequestConfig<D>,
  ): Observable<AxiosResponse<T, D>>;

  /** As {@link postForm}. */
  patchForm<T = any, D = any>(
    url: string,
    data: D | undefined,
    config: GhlRequestConfig<D>,
  ): Observable<AxiosResponse<T, D>>;
}

/** An axios of its own whose requests go through the adapter, whatever adapter the caller puts underneath. @internal */
export function createAuthorizedAxios(adapter: AuthorizedAdapter, baseURL: string): AxiosInstance {
  const plain = adapter.beneath(axios.defaults.adapter);
  const own = new OwnAdapters();
  const over = (chosen: (config: InternalAxiosRequestConfig) => AxiosAdapter): AxiosAdapter =>
    own.add(async (config) => adapter.send(config, readGhlRequest(config), chosen(config)));
  const authorized = over(() => plain);
  const instance = axios.create({ baseURL, adapter: authorized });
  forgetCredentials(instance);
  // Registered first, and so run last: an adapter that a caller or an interceptor chose goes underneath; if it is sent again, once.
  const putUnderneath = (config: InternalAxiosRequestConfig): InternalAxiosRequestConfig => {
    const chosen = config.adapter;
    if (!own.has(chosen)) config.adapter = over((final) => adapter.beneath(chosen ?? plain, final));
    return config;
  };
  instance.interceptors.request.use(putUnderneath, null, { synchronous: true });
  return instance;
}

/** Drops what the host has set on the axios of the whole process: credentials of another API are none for HighLevel. */
const forgetCredentials = ({ defaults }: AxiosInstance): void => {
  delete defaults.auth;
  for (const headers of [defaults.headers, ...Object.values(defaults.headers)]) {
    if (typeof headers !== 'object' || headers === null) continue;
    const bucket = headers as Record<string, unknown>;
    for (const name of Object.keys(bucket)) if (name.toLowerCase() === 'authorization') delete bucket[name];
  }
};
