import { type Call, refuse } from '../call.js';
import { validated } from '../fields.js';
import type { ReconnectMode } from '../settings.js';
import { json, type Reply } from '../wire.js';
import { type PlaceKey, placeKey } from '../world/place.js';
import type { World } from '../world/world.js';
import { inactivity } from './issue-pair.js';
import { acceptsClient } from './token-fields.js';

const RULES = {
  clientKey: 'required',
  clientSecret: 'required',
  locationId: 'optional',
  companyId: 'optional',
} as const;

/** `POST /oauth/reconnect`: a code for an installation, without a person. */
export function reconnectEndpoint(call: Call): Reply {
  const { world, request } = call;
  const settings = world.settings.reconnect;
  const mode = reconnectMode(world, call.draft.appId, call.draft.place);
  if (mode === 'removed') return refuse(call, 'endpointRemoved');
  if (mode === 'notFound') return refuse(call, 'notFound', `${request.method} ${request.path}`);
  if (request.headers['version'] === 'v3') return refuse(call, 'endpointNotInV3', request.path);
  if (world.settings.strictHeaders) {
    for (const name of ['authorization', 'version']) {
      if (request.headers[name] !== undefined) return refuse(call, 'unexpectedHeader', name);
    }
  }
  const { values, refused } = validated(call, RULES);
  if (refused) return refused;
  const { clientKey = '', clientSecret = '', locationId, companyId } = values;
  if (locationId !== undefined && companyId !== undefined) return refuse(call, 'reconnectBothIds');
  const place =
    locationId !== undefined ? placeKey({ locationId }) : companyId !== undefined ? placeKey({ companyId }) : undefined;
  if (!place) return refuse(call, 'validation', ['locationId or companyId should not be empty']);
  if (!acceptsClient(call, clientKey, clientSecret)) return refuse(call, 'reconnectClientRejected');
  const app = world.appOfClient(clientKey);
  const installation = app && world.installations.installed(app, place);
  if (!installation || mode === 'notInstalled') return refuse(call, 'reconnectNotInstalled');
  if (installation.clientId !== clientKey) return refuse(call, 'reconnectWrongPair');
  const inactive = inactivity(world, installation);
  if (inactive) return refuse(call, inactive);

  if (settings.newCodeKillsEarlier) for (const code of installation.codes) code.killed ||= code.origin === 'reconnect';
  const code = world.vault.issueCode({
    origin: 'reconnect',
    installation,
    clientId: clientKey,
    redirectUri: undefined,
    codeChallenge: undefined,
    scopes: installation.scopes,
    expiresAt: world.now() + settings.codeLifetimeMs,
  });
  call.draft.outcome = 'issued';
  call.draft.issued.push(code.id);
  const expiresAt = new Date(code.expiresAt).toISOString();
  const answer = { authorizationCode: code.value, expiresAt, traceId: world.random.uuid() };
  return json(settings.status, settings.shapeAnswer(answer));
}

function reconnectMode(world: World, appId: string | undefined, place: PlaceKey | undefined): ReconnectMode {
  const modes = world.reconnectModes;
  return (
    modes.get(`${appId}|${place}`) ?? modes.get(`|${place}`) ?? modes.get(`${appId}|`) ?? world.settings.reconnect.mode
  );
}
