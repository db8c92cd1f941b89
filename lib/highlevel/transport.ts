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
   * @throws {TransportError} where no complete answer arrived.
   */
  send(request: HighLevelRequest): Promise<HighLevelResponse>;
}

/** No complete answer arrived. */
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
