import type { UserType } from '../../../installation/credential.js';
import { type Call, raw, refuseForeign } from '../call.js';
import { textOf } from '../fields.js';
import type { Route } from '../routes.js';
import type { Reply } from '../wire.js';
import { authorize } from './authorize.js';

/** A request for a resource of a test's own, whose token has been judged already. */
export interface ApiResourceRequest {
  readonly method: string;
  readonly path: string;
  /** The variable parts of the path, by name; those of a pattern by number, from `'0'`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where it is JSON, else text; `undefined` where there is none. */
  readonly body: unknown;
  /** The place whose token came with it. */
  readonly companyId: string;
  readonly locationId: string | undefined;
}

/** What a resource of a test's own answers. */
export interface ApiResourceAnswer {
  /** @default 200 */
  readonly status?: number;
  /** Text as it is, the rest as JSON. @default {} */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A resource of HighLevel's API that the simulator does not have by itself, or has otherwise. */
export interface ApiResource {
  /** @default 'GET' */
  readonly method?: string;
  /** The path, with `:name` for its variable parts (`/calendars/:calendarId`), or a pattern for the whole of it. */
  readonly path: string | RegExp;
  /** The scope that the token must have. @default none */
  readonly scope?: string;
  /** The type that the token must be of. @default either */
  readonly userType?: UserType;
  /** Answers. A request that names another `locationId` than the token's, in path, query or body, has been refused before. */
  readonly answer: (request: ApiResourceRequest) => ApiResourceAnswer;
}

/** The route of a resource. @internal */
export function ownResource({ method = 'GET', path, scope, userType, answer }: ApiResource): Route {
  const { pattern, names } = readPath(path);
  const requirement = { ...(scope !== undefined && { scope }), ...(userType && { userType }) };
  return {
    methods: [method.toUpperCase()],
    path: pattern,
    endpoint: 'api',
    fields: 'none',
    handle: (call, limiter) => {
      const { token, refused } = authorize(call, limiter, requirement);
      if (refused) return refused;
      const { request } = call;
      const params = Object.fromEntries(call.params.map((value, index) => [names[index] ?? String(index), value]));
      const body = bodyOf(call);
      const foreign = refuseOtherLocation(call, [params['locationId'], request.query.get('locationId'), idIn(body)]);
      if (foreign) return foreign;
      const { companyId, locationId } = token.installation;
      try {
        const said = answer({ ...request, params, body, companyId, locationId });
        return raw(said.status ?? 200, said.body ?? {}, said.headers);
      } catch (error) {
        // It runs inside a server that must go on: the caller is who can say it.
        return raw(500, { statusCode: 500, message: `answer() of ${method} ${String(path)} threw ${String(error)}` });
      }
    },
  };
}

function refuseOtherLocation(call: Call, named: readonly unknown[]): Reply | undefined {
  const { companyId, locationId: own } = call.bearer?.installation ?? {};
  for (const locationId of named) {
    if (typeof locationId !== 'string' || locationId === own) continue;
    if (own !== undefined) return refuseForeign(call, 'noLocationAccess');
    const location = call.world.places.location(locationId);
    if (location?.companyId !== companyId) return refuseForeign(call, 'locationNotAccessible');
  }
  return undefined;
}

function bodyOf({ request }: Call): unknown {
  const text = textOf(request.body);
  if (text === '') return undefined;
  if (!/\bjson\b/.test(request.headers['content-type'] ?? '')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const idIn = (body: unknown): unknown => (body as { locationId?: unknown } | null | undefined)?.locationId;

function readPath(path: string | RegExp): { readonly pattern: RegExp; readonly names: readonly string[] } {
  if (typeof path !== 'string') return { pattern: path, names: [] };
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
  const source = path
    .split(/:\w+/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('([^/]+)');
  return { pattern: new RegExp(`^${source.replace(/\/$/, '')}/?$`), names };
}
