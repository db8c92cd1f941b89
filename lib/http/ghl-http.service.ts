import { HttpService } from '@nestjs/axios';
import axios, { type AxiosAdapter, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import type { Observable } from 'rxjs';
import { plainAdapter, type AuthorizedAdapter } from './authorized-adapter.js';
import type { GhlRequestConfig } from './ghl-request.js';

/** The calls of an axios instance, with configs that say for whom a request is made. */
export interface GhlAxiosCalls {
  <T = any, R = AxiosResponse<T>, D = any>(config: GhlRequestConfig<D>): Promise<R>;
  <T = any, R = AxiosResponse<T>, D = any>(url: string, config: GhlRequestConfig<D>): Promise<R>;
  request<T = any, R = AxiosResponse<T>, D = any>(config: GhlRequestConfig<D>): Promise<R>;
  get<T = any, R = AxiosResponse<T>, D = any>(url: string, config: GhlRequestConfig<D>): Promise<R>;
  delete<T = any, R = AxiosResponse<T>, D = any>(url: string, config: GhlRequestConfig<D>): Promise<R>;
  head<T = any, R = AxiosResponse<T>, D = any>(url: string, config: GhlRequestConfig<D>): Promise<R>;
  post<T = any, R = AxiosResponse<T>, D = any>(url: string, data: D | undefined, config: GhlRequestConfig<D>): Promise<R>;
  put<T = any, R = AxiosResponse<T>, D = any>(url: string, data: D | undefined, config: GhlRequestConfig<D>): Promise<R>;
  patch<T = any, R = AxiosResponse<T>, D = any>(url: string, data: D | undefined, config: GhlRequestConfig<D>): Promise<R>;
}

/** The axios instance of {@link GhlHttpService}: a request that does not say for whom it is made fails with `GHL_REF_MISSING`. */
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

  override request<T = any>(config: GhlRequestConfig): Observable<AxiosResponse<T>> {
    return super.request<T>(config);
  }

  override get<T = any, D = any>(url: string, config: GhlRequestConfig<D>): Observable<AxiosResponse<T, D>> {
    return super.get<T, D>(url, config);
  }

  override delete<T = any, D = any>(url: string, config: GhlRequestConfig<D>): Observable<AxiosResponse<T, D>> {
    return super.delete<T, D>(url, config);
  }

  override head<T = any, D = any>(url: string, config: GhlRequestConfig<D>): Observable<AxiosResponse<T, D>> {
    return super.head<T, D>(url, config);
  }

  override post<T = any, D = any>(url: string, data: D | undefined, config: GhlRequestConfig<D>): Observable<AxiosResponse<T, D>> {
    return super.post<T, D>(url, data, config);
  }

  override put<T = any, D = any>(url: string, data: D | undefined, config: GhlRequestConfig<D>): Observable<AxiosResponse<T, D>> {
    return super.put<T, D>(url, data, config);
  }

  override patch<T = any, D = any>(url: string, data: D | undefined, config: GhlRequestConfig<D>): Observable<AxiosResponse<T, D>> {
    return super.patch<T, D>(url, data, config);
  }
}

/** An axios of its own whose requests go through the adapter, whatever adapter the caller puts underneath. */
export function createAuthorizedAxios(adapter: AuthorizedAdapter, baseURL: string): HttpService['axiosRef'] {
  const authorized: AxiosAdapter = (config) => adapter.send(config, plainAdapter);
  const instance = axios.create({ baseURL, adapter: authorized });
  // Registered first, and so run last: an adapter that a caller or an interceptor chose goes underneath.
  instance.interceptors.request.use((config: InternalAxiosRequestConfig) => {
    const chosen = config.adapter;
    if (chosen !== authorized) config.adapter = (final) => adapter.send(final, chosen === undefined ? plainAdapter : axios.getAdapter(chosen));
    return config;
  });
  // Nest's own declarations may see axios through another of its two declaration files.
  return instance as unknown as HttpService['axiosRef'];
}
