import { readAnswer } from '../decision/answer-text.js';
import { classifyApiAnswer, type TokenVerdict } from '../decision/classify-api.js';
import { GhlAuthError, type GhlAuthErrorDetails } from '../errors/ghl-auth-error.js';
import { messageOf } from '../errors/scrub.js';
import { refOf, type Place } from '../installation/installation-ref.js';
import type { HighLevelResponse, HighLevelTransport } from './transport.js';

/** The version that these calls are documented with; never the host's default. */
const VERSION = '2021-07-28';
const PAGE = 100;

/** The few calls of HighLevel's API that the module makes itself, each with a token that it is given. */
export class ApiClient {
  constructor(
    private readonly transport: Pick<HighLevelTransport, 'send'>,
    private readonly settings: { readonly apiBaseUrl: string; readonly timeoutMs: number },
  ) {}

  /**
   * What HighLevel says about a token, asked with a request that changes nothing.
   * @throws {GhlAuthError} `GHL_UPSTREAM_UNAVAILABLE`, `GHL_RATE_LIMITED`: it said nothing about it
   */
  async probe(place: Place, token: string): Promise<TokenVerdict> {
    const path = `/${place.kind === 'location' ? 'locations' : 'companies'}/${place.id}`;
    const { status, body } = await this.get(place, path, token);
    return classifyApiAnswer(status, body);
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
    const headers = { accept: 'application/json', 'user-agent': 'nestjs-ghl-auth', version: VERSION };
    const { apiBaseUrl, timeoutMs } = this.settings;
    const authorized = { ...headers, authorization: `Bearer ${token}` };
    const request = { method: 'GET' as const, url: apiBaseUrl + path, headers: authorized, timeoutMs };
    const response = await this.transport.send(request).catch((error: unknown) => {
      throw failed(place, 'GHL_UPSTREAM_UNAVAILABLE', messageOf(error));
    });
    const { status } = response;
    const said = { status, traceId: readAnswer(response.body).traceId };
    if (status === 429) throw failed(place, 'GHL_RATE_LIMITED', 'HighLevel takes no more calls for now', said);
    if (status >= 500 || status === 408)
      throw failed(place, 'GHL_UPSTREAM_UNAVAILABLE', `HighLevel answered ${status}`, said);
    return response;
  }
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
