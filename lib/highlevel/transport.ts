import type { AxiosAdapter } from 'axios';

/** One complete HTTP request to HighLevel. The transport adds nothing to it and follows no redirect. */
export interface HighLevelRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Absolute URL, query included. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it goes over the wire. */
  readonly body?: string;
  /** The whole call, connecting included, may take this long (ms). */
  readonly timeoutMs: number;
}

/** Any complete HTTP answer, whatever its status. */
export interface HighLevelResponse {
  readonly status: number;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The undecoded text of the body. */
  readonly body: string;
}

/** Carries requests to HighLevel. Injected, so that tests and the simulator can stand in for the network. */
export interface HighLevelTransport {
  /**
   * Sends the request once, and answers whatever came back.
   * @throws {TransportError} where no complete answer arrived within `timeoutMs`
   */
  send(request: HighLevelRequest): Promise<HighLevelResponse>;
  /**
   * Carries API calls too, in place of axios' own adapters: for tests in which nothing leaves the process. An adapter that is a function
   * of the caller's own goes underneath all the same.
   * @default axios' own
   */
  readonly apiAdapter?: AxiosAdapter;
  /** Lets go of what is kept open. Called once, when the application shuts down and nothing is under way any more. */
  close?(): Promise<void> | void;
}

/** No complete answer arrived. Its message says why, and quotes neither headers nor bodies. */
export class TransportError extends Error {
  override readonly name = 'TransportError';

  constructor(
    message: string,
    /** `false` only where it is certain that HighLevel did not see the request: the connection never opened. */
    readonly mayHaveArrived: boolean,
    /** The system's code, such as `ECONNREFUSED`. */
    readonly reason?: string,
  ) {
    super(message);
  }
}

/**
 * Whether an error says for certain that HighLevel did not see the request. Told by its shape: a transport may come from
 * the other build of this package, whose class is another one.
 */
export const isCertainlyUnsent = (error: unknown): boolean => {
  const { name, mayHaveArrived } = (error ?? {}) as { name?: unknown; mayHaveArrived?: unknown };
  return name === 'TransportError' && mayHaveArrived === false;
};
