import type { Answer } from '../decision/answer.js';
import { classifyOAuthAnswer, type OAuthCall } from '../decision/classify-oauth.js';
import { messageOf } from '../errors/scrub.js';
import type { UserType } from '../installation/credential.js';
import type { Place } from '../installation/installation-ref.js';
import type { ClientPair } from './client-pair.js';
import { isCertainlyUnsent, type HighLevelRequest, type HighLevelTransport } from './transport.js';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
/** The version that `/oauth/locationToken` is documented with; never the host's default. */
const MINT_VERSION = '2021-07-28';
/** HighLevel's CDN can refuse a call without one. */
const USER_AGENT = 'nestjs-ghl-auth';

type Fields = Readonly<Record<string, string | undefined>>;

/** HighLevel refuses unknown fields, and an undefined one would be sent as the word "undefined". */
const present = (fields: Fields): [string, string][] =>
  Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);

/** The four OAuth calls of HighLevel. Sends each once, and says what came of it; decides nothing. */
export class OAuthClient {
  constructor(
    private readonly transport: Pick<HighLevelTransport, 'send'>,
    private readonly settings: { readonly apiBaseUrl: string; readonly timeoutMs: number },
  ) {}

  /** `POST /oauth/token` with a refresh token. */
  refresh(pair: ClientPair, refreshToken: string, userType: UserType): Promise<Answer> {
    return this.postToken('refresh', pair, {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      user_type: userType,
    });
  }

  /** `POST /oauth/token` with an authorization code. */
  exchange(
    pair: ClientPair,
    code: string,
    more: { readonly userType?: UserType | undefined; readonly redirectUri?: string | undefined },
  ): Promise<Answer> {
    return this.postToken('exchange', pair, {
      grant_type: 'authorization_code',
      code,
      user_type: more.userType,
      redirect_uri: more.redirectUri,
    });
  }

  /** `POST /oauth/reconnect`: no `Authorization`, no `Version`. */
  reconnect(pair: ClientPair, place: Place): Promise<Answer> {
    const id = place.kind === 'location' ? { locationId: place.id } : { companyId: place.id };
    const body = JSON.stringify({ clientKey: pair.clientId, clientSecret: pair.clientSecret, ...id });
    return this.post('reconnect', '/oauth/reconnect', { 'content-type': JSON_TYPE }, body);
  }

  /** `POST /oauth/locationToken` with a company's access token. */
  mint(companyToken: string, companyId: string, locationId: string): Promise<Answer> {
    const headers = { 'content-type': JSON_TYPE, authorization: `Bearer ${companyToken}`, version: MINT_VERSION };
    return this.post('mint', '/oauth/locationToken', headers, JSON.stringify({ companyId, locationId }));
  }

  private postToken(call: OAuthCall, pair: ClientPair, fields: Fields): Promise<Answer> {
    const body = new URLSearchParams(
      present({ client_id: pair.clientId, client_secret: pair.clientSecret, ...fields }),
    );
    return this.post(call, '/oauth/token', { 'content-type': FORM_TYPE }, body.toString());
  }

  private async post(
    call: OAuthCall,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): Promise<Answer> {
    const request: HighLevelRequest = {
      method: 'POST',
      url: this.settings.apiBaseUrl + path,
      headers: { accept: JSON_TYPE, 'user-agent': USER_AGENT, ...headers },
      body,
      timeoutMs: this.settings.timeoutMs,
    };
    try {
      return classifyOAuthAnswer(call, await this.transport.send(request));
    } catch (error) {
      return { kind: isCertainlyUnsent(error) ? 'not_sent' : 'no_answer', text: messageOf(error) };
    }
  }
}
