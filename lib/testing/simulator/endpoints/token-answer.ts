import type { Call } from '../call.js';
import { json, type Reply } from '../wire.js';
import type { TokenPair } from '../world/credentials.js';

/** The answer that hands a pair over, with everything that the settings do to it. */
export function tokenAnswer(call: Call, status: number, pair: TokenPair, without: readonly string[] = []): Reply {
  const { access, refresh } = pair;
  const { app, companyId, locationId, userId, isBulk, futureLocations, userType } = access.installation;
  const { expiresIn, shapeAnswer, answerCase, v3AnswerCase } = call.world.settings.token;
  const lifetime = Math.floor((access.expiresAt - access.issuedAt) / 1000);
  const body: Record<string, unknown> = {
    access_token: access.value,
    token_type: 'Bearer',
    ...(expiresIn !== 'missing' && { expires_in: expiresIn === 'honest' ? lifetime : expiresIn.value }),
    ...(refresh && { refresh_token: refresh.value, refreshTokenId: refresh.publicId }),
    scope: access.scopes.join(' '),
    userType,
    companyId,
    ...(locationId !== undefined && { locationId }),
    userId,
    planId: app.versionId,
    isBulkInstallation: isBulk,
    ...(isBulk && {
      approvedLocations: [],
      installToFutureLocations: futureLocations,
      approveAllLocations: futureLocations,
    }),
    traceId: call.world.random.uuid(),
  };
  for (const name of without) delete body[name];
  const style = call.request.headers['version'] === 'v3' ? v3AnswerCase : answerCase;
  const reply = json(status, shapeAnswer(style === 'camelCase' ? inCamelCase(body) : body));

  call.draft.issued.push(access.id, ...(refresh ? [refresh.id] : []));
  const whole = reply.body.includes(access.value) && (!refresh || reply.body.includes(refresh.value));
  if (!whole) call.draft.fault = 'shaped';
  return reply;
}

function inCamelCase(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}
