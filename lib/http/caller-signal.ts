import { CanceledError, type InternalAxiosRequestConfig } from 'axios';

/** Both of axios' ways to cancel as one signal, whose reason is the error that axios itself would reject with. */
export function callerSignal(config: InternalAxiosRequestConfig): { readonly signal: AbortSignal | undefined; readonly release: () => void } {
  const { signal, cancelToken } = config;
  if (!signal && !cancelToken) return { signal: undefined, release: () => undefined };
  const controller = new AbortController();
  const cancel = (): void => controller.abort(cancelToken?.reason ?? new CanceledError(undefined, config));
  if (signal?.aborted || cancelToken?.reason) cancel();
  signal?.addEventListener?.('abort', cancel);
  void cancelToken?.promise.then(cancel);
  return { signal: controller.signal, release: () => signal?.removeEventListener?.('abort', cancel) };
}
