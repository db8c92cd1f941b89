import type { Call } from './call.js';
import { readFields } from './fields.js';
import type { LedgerDraft } from './ledger/ledger-entry.js';
import { type Route, ROUTES } from './routes.js';
import type { ParsedRequest } from './wire.js';
import { type PlaceKey, placeKey } from './world/place.js';
import type { World } from './world/world.js';

/** Finds out what a request is for and whose it is, before anything is judged. */
export function identify(
  request: ParsedRequest,
  world: World,
  resources: readonly Route[],
): { readonly call: Call; readonly route: Route | undefined } {
  let params: readonly string[] = [];
  const routes = resources.length === 0 ? ROUTES : [...resources, ...ROUTES];
  const route = routes.find(({ methods, path }) => {
    const match = methods.includes(request.method) ? path.exec(request.path) : null;
    if (match) params = match.slice(1).map(decode);
    return match !== null;
  });
  const acceptsForm =
    route?.fields === 'formOrJson' || (route?.endpoint === 'reconnect' && world.settings.reconnect.acceptsForm);
  const fields = route && route.fields !== 'none' ? readFields(request, { form: acceptsForm }) : undefined;
  const bearerValue = /^Bearer (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
  const bearer = bearerValue === undefined ? undefined : world.vault.token(bearerValue);
  const draft: LedgerDraft = {
    sequence: 0,
    time: world.now(),
    method: request.method,
    path: request.path,
    host: request.host,
    endpoint: route?.endpoint ?? 'other',
    grant: undefined,
    appId: bearer?.installation.app.appId,
    clientId: bearer?.clientId,
    place: bearer?.installation.place,
    bearerPlace: bearer?.installation.place,
    crossed: false,
    presented: bearerValue === undefined ? [] : [world.vault.idOf(bearerValue)],
    issued: [],
    outcome: 'answered',
    refusal: undefined,
    fault: undefined,
    scripted: false,
    status: undefined,
    delivery: 'pending',
    settled: undefined,
  };
  const call: Call = { request, world, draft, fields, bearer, params, answerHeaders: {} };
  if (typeof fields === 'object') readDraft(draft, fields, world);
  return { call, route };
}

function readDraft(draft: LedgerDraft, fields: Readonly<Record<string, unknown>>, world: World): void {
  const text = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === 'string' ? value : undefined;
  };
  if (draft.endpoint === 'token') {
    draft.grant = text('grant_type');
    setClient(draft, text('client_id'), world);
    const value = text(draft.grant === 'refresh_token' ? 'refresh_token' : 'code');
    if (value === undefined) return;
    draft.presented.push(world.vault.idOf(value));
    draft.place = (world.vault.token(value) ?? world.vault.code(value))?.installation.place;
  } else if (draft.endpoint === 'reconnect') {
    setClient(draft, text('clientKey'), world);
    draft.place = placeOf(text('locationId'), text('companyId'));
  } else if (draft.endpoint === 'mint' || draft.endpoint === 'uninstall') {
    draft.place = placeOf(text('locationId'), text('companyId'));
  }
}

function setClient(draft: LedgerDraft, clientId: string | undefined, world: World): void {
  draft.clientId = clientId;
  draft.appId = clientId === undefined ? undefined : world.appOfClient(clientId)?.appId;
}

function placeOf(locationId: string | undefined, companyId: string | undefined): PlaceKey | undefined {
  if (locationId !== undefined) return placeKey({ locationId });
  return companyId === undefined ? undefined : placeKey({ companyId });
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
