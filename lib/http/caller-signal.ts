import { Stream } from 'node:stream';
import { AxiosError, CanceledError, type InternalAxiosRequestConfig } from 'axios';

/** A signal that aborts when a caller goes away, with the error that axios itself would reject with. */
export interface CallerSignal {
  readonly signal: AbortSignal | undefined;
  readonly release: () => void;
}

const STAYS: CallerSignal = { signal: undefined, release: () => undefined };

/**
 * Everything that ends a request before it is answered, as one signal: axios' two ways to cancel, and the breaking off of a body that
 * nobody listens to yet.
 * @param body the body, as long as it has not been sent
 */
export function callerSignal(config: InternalAxiosRequestConfig, body?: unknown): CallerSignal {
  const { signal, cancelToken } = config;
  const stream = body instanceof Stream ? body : undefined;
  if (!signal && !cancelToken && !stream) return STAYS;
  const controller = new AbortController();
  const cancel = (reason?: unknown): void => {
    const isEvent = reason === undefined || (reason as { type?: unknown }).type !== undefined;
    controller.abort(isEvent ? new CanceledError(undefined, config) : reason);
  };
  const onError = (error: Error): void => controller.abort(AxiosError.from(error, undefined, config));
  const onClose = (): void => controller.abort(new CanceledError('Request stream has been aborted', config));

  if (signal?.aborted) cancel();
  if ((stream as { destroyed?: boolean } | undefined)?.destroyed) onClose();
  signal?.addEventListener?.('abort', cancel);
  cancelToken?.subscribe(cancel);
  stream?.on('error', onError).on('close', onClose);
  const release = (): void => {
    signal?.removeEventListener?.('abort', cancel);
    cancelToken?.unsubscribe(cancel);
    stream?.off('error', onError).off('close', onClose);
  };
  return { signal: controller.signal, release };
}
