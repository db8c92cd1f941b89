/** One call of a customer, as it was answered. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  readonly location: string | null;
  readonly body: unknown;
}

/** What a customer's browser does: calls the backend over HTTP, and notes how it was answered. */
export class Browser {
  /** The calls of the present step. */
  calls: Call[] = [];

  /** @param origin where the backend listens at the moment */
  constructor(private readonly origin: () => string) {}

  get(path: string): Promise<Call> {
    return this.send('GET', path);
  }

  post(path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Call> {
    return this.send('POST', path, { body, headers: { 'content-type': 'application/json', ...headers } });
  }

  private async send(method: string, path: string, more: RequestInit = {}): Promise<Call> {
    const began = performance.now();
    const answer = await fetch(this.origin() + path, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(20_000),
      ...more,
    });
    const text = await answer.text();
    const call: Call = {
      method,
      path: path.split('?')[0] ?? path,
      status: answer.status,
      ms: performance.now() - began,
      location: answer.headers.get('location'),
      body: text.startsWith('{') || text.startsWith('[') ? (JSON.parse(text) as unknown) : text,
    };
    this.calls.push(call);
    return call;
  }
}
