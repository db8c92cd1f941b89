import { type Call, refuse } from '../call.js';
import { validated } from '../fields.js';
import type { Reply } from '../wire.js';
import { exchangeCode } from './exchange-code.js';
import { refreshToken } from './refresh-token.js';
import { PKCE_RULES, TOKEN_RULES, type TokenFields } from './token-fields.js';

/** `POST /oauth/token` */
export function tokenEndpoint(call: Call): Reply {
  const { headers } = call.request;
  if (call.world.settings.strictHeaders) {
    if (headers['authorization'] !== undefined) return refuse(call, 'unexpectedHeader', 'authorization');
    if (headers['version'] !== undefined && headers['version'] !== 'v3')
      return refuse(call, 'unexpectedHeader', 'version');
  }
  const isPkce = call.world.settings.token.pkce === 'honoured';
  const { values, refused } = validated(call, isPkce ? { ...TOKEN_RULES, ...PKCE_RULES } : TOKEN_RULES);
  if (refused) return parameterFault(call) ?? refused;
  const fields: TokenFields = values;
  switch (fields.grant_type) {
    case 'authorization_code':
      return fields.code === undefined
        ? refuse(call, 'missingParameter', 'code')
        : exchangeCode(call, fields, fields.code);
    case 'refresh_token':
      return fields.refresh_token === undefined
        ? refuse(call, 'missingParameter', 'refreshToken')
        : refreshToken(call, fields, fields.refresh_token);
    default:
      return parameterFault(call) ?? refuse(call, 'validation', ['grant_type must be a valid enum value']);
  }
}

/** The 400 that names one parameter, where that style is asked for and a known field is at fault. */
function parameterFault(call: Call): Reply | undefined {
  const styled = call.world.settings.token.validation === 400 || call.request.headers['version'] === 'v3';
  if (!styled || call.fields === 'malformed') return undefined;
  const fields = call.fields ?? {};
  for (const [name, rule] of Object.entries(TOKEN_RULES)) {
    const value = fields[name];
    const camelCase = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    if (value === undefined && (rule === 'required' || name === 'grant_type'))
      return refuse(call, 'missingParameter', camelCase);
    if (value !== undefined && (value === '' || (Array.isArray(rule) && !rule.includes(value)))) {
      return refuse(call, 'invalidParameter', camelCase);
    }
  }
  return undefined;
}
