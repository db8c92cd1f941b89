import { readAnswer } from '../decision/answer-text.js';
import { classifyApiAnswer } from '../decision/classify-api.js';
import { classifyProbe, type ProbeVerdict } from '../decision/classify-probe.js';
import { GhlAuthError, type GhlAuthErrorDetails } from '../errors/ghl-auth-error.js';
import { messageOf } from '../errors/scrub.js';
import { refOf, type Place } from '../installation/installation-ref.js';
import type { HighLevelResponse, HighLevelTransport } from './transport.js';

/** The version that these calls are documented with; never the host's default. */
const VERSION = '2021-07-28';
const PAGE = 100;

/** What HighLevel says about a token. */
export interface Probe {
  readonly verdict: ProbeVerdict;
  readonly status: number | null;
  /** What it said, or what happened to the connection, where that is no success. */
  readonly message: string | null;
  readonly traceId: string | null;
}

/** The few calls of HighLevel's API that the module makes itself, each with a token that it is given. */
export class ApiClient {
  constructor(
    private readonly transport: Pick<HighLevelTransport, 'send'>,
    private readonly settings: { readonly apiBaseUrl: string; readonly timeoutMs: number },
  ) {}

  /** Asks HighLevel for the place itself: what it says about the token, with a request that changes nothing. Never throws. */
  async probe(place: Place, token: string): Promise<Probe> {
    try {
      const { status, body } = await this.send(pathOf(place), token);
      const { shown, traceId = null } = readAnswer(body);
      const message = status >= 200 && status < 300 ? null : shown;
      return { verdict: classifyProbe(status, body), status, message, traceId };
    } catch (error) {
      return { verdict: 'unknown', status: null, message: messageOf(error), traceId: null };
    }
  }

  /**
   * The locations of a company in which the app is installed, page by page: `GET /oauth/installedLocations` [doc]. It lists others too.
   * @throws {GhlAuthError} `GHL_UPSTREAM_UNAVAILABLE`, `GHL_RATE_LIMITED`, `GHL_SCOPE_MISSING`, `GHL_UNEXPECTED_RESPONSE`
   */
  async *installedLocations(place: Place, appId: string, token: () => Promise<string>): AsyncGenerator<string> {
    for (let skip = 0; ;) {
      const query = { companyId: place.id, appId, isInstalled: 'true', skip: String(skip), limit: String(PAGE) };
      const path = `/oauth/installedLocations?${new URLSearchParams(query).toString()}`;
      const locations = locationsIn(place, await this.get(place, path, await token()));
      for (const { _id, isInstalled } of locations) if (isInstalled === true && typeof _id === 'string') yield _id;
      // Not by the size of the page: HighLevel may give fewer than it is asked for.
      if (locations.length === 0) return;
      skip += locations.length;
    }
  }

  private async get(place: Place, path: string, token: string): Promise<HighLevelResponse> {
    const response = await this.send(path, token).catch((error: unknown) => {
      throw unanswered(place, { status: null, message: messageOf(error), traceId: null });
    });
    const { status, body } = response;
    if (status !== 429 && status !== 408 && status < 500) return response;
    const { shown, traceId = null } = readAnswer(body);
    throw unanswered(place, { status, message: shown, traceId });
  }

  private send(path: string, token: string): Promise<HighLevelResponse> {
    const { apiBaseUrl, timeoutMs } = this.settings;
    const headers = { accept: 'application/json', 'user-agent': 'nestjs-ghl-auth', version: VERSION };
    const authorized = { ...headers, authorization: `Bearer ${token}` };
    return this.transport.send({ method: 'GET', url: apiBaseUrl + path, headers: authorized, timeoutMs });
  }
}

/** Where HighLevel shows a place. */
export const pathOf = ({ kind, id }: Pick<Place, 'kind' | 'id'>): string =>
  kind === 'location' ? `/locations/${id}` : `/companies/${id}`;

/** The error for an answer that says nothing about the token. */
export function unanswered(place: Place, { status, message, traceId }: Omit<Probe, 'verdict'>): GhlAuthError {
  const code = status === 429 ? 'GHL_RATE_LIMITED' : 'GHL_UPSTREAM_UNAVAILABLE';
  const said = [status === null ? '' : `HTTP ${status}`, message ?? ''].filter(Boolean).join(' ');
  return failed(place, code, `HighLevel gave no answer that says anything: ${said}`, {
    status: status ?? undefined,
    traceId: traceId ?? undefined,
  });
}

const failed = (
  place: Place,
  code: 'GHL_UPSTREAM_UNAVAILABLE' | 'GHL_RATE_LIMITED' | 'GHL_SCOPE_MISSING' | 'GHL_UNEXPECTED_RESPONSE',
  message: string,
  more: Pick<GhlAuthErrorDetails, 'status' | 'traceId'> = {},
): GhlAuthError => new GhlAuthError(code, message, { installation: refOf(place), ...more });

interface Listed {
  readonly _id?: unknown;
  readonly isInstalled?: unknown;
}

const locationsIn = (place: Place, { status, body }: HighLevelResponse): readonly Listed[] => {
  const { json, shown, traceId } = readAnswer(body);
  const locations: unknown = status < 300 ? json?.['locations'] : undefined;
  if (Array.isArray(locations)) return locations as readonly Listed[];
  const code = classifyApiAnswer(status, body) === 'scope_missing' ? 'GHL_SCOPE_MISSING' : 'GHL_UNEXPECTED_RESPONSE';
  throw failed(place, code, `The installed locations could not be listed: ${shown}`, { status, traceId });
};
