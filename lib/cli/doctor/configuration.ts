import type { CommandContext } from '../context.js';
import { ok, warn, type Finding } from './finding.js';

/** The configuration as the module has understood it. No secrets. */
export async function* configuration({ engine, ports }: CommandContext): AsyncGenerator<Finding> {
  const { settings, clients } = engine;
  const { appId, apiBaseUrl, scopes, rungs, mode } = settings;
  const ids = clients.inOrder(null).map(({ clientId }) => clientId);
  yield ok('configuration', `app ${appId}, client ids ${ids.join(', ')}, ${scopes.length} scopes`);
  if (settings.isPlainHttp)
    yield warn('api', `${apiBaseUrl}, without TLS`, 'Set GHL_API_BASE_URL only for a simulator on this machine.');
  else yield ok('api', apiBaseUrl);
  if (mode === 'active') yield ok('mode', mode);
  else yield warn('mode', mode, 'Nothing is recovered from here. Set GHL_AUTH_MODE to active to change that.');
  for (const rung of ['mint', 'reconnect'] as const)
    if (!rungs[rung])
      yield warn(rung, 'switched off', `Set ${rung}.enabled, or GHL_AUTH_${rung.toUpperCase()}_ENABLED, to true.`);
  yield ports.directory
    ? ok('directory', 'there is one')
    : warn('directory', 'none', 'What the store loses is not recovered by itself. Provide a directory.');
  yield sealing({ engine, ports });
}

function sealing({ engine, ports }: Pick<CommandContext, 'engine' | 'ports'>): Finding {
  const { keys, isEnabled } = engine.settings.sealing;
  const hasKey = keys.length > 0 || Boolean(ports.sealingKeys);
  if (isEnabled && hasKey)
    return ok('sealing', ports.sealingKeys ? 'on, with the key of the provider' : `on, with key ${keys[0]?.id}`);
  const help = hasKey ? 'sealing.enabled is false: take it out.' : 'Set GHL_AUTH_SEALING_KEYS (id:base64).';
  return warn('sealing', 'off: whoever reads the database has the tokens', help);
}
