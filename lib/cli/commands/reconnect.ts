import type { InstallationRef } from '../../installation/installation-ref.js';
import type { CommandContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { momentOf, nameOf } from '../words.js';

/** HighLevel's Reconnect API for one installation, on purpose. */
export async function reconnect(
  context: CommandContext,
  ref: InstallationRef,
  options: { readonly clientId?: string },
): Promise<ExitCode> {
  const { reconnects, engine, out, ask } = context;
  await ask.confirm(
    `Reconnect ${nameOf(ref)}? It gets a new pair of tokens; what HighLevel makes of the older ones is not documented.`,
  );
  const { installation, clientId, traceId, expiresAt, credential } = await reconnects.reconnect(ref, options);
  await out.facts(
    [
      ['installation', nameOf(installation)],
      ['outcome', 'reconnected'],
      ['client id', clientId],
      ['trace id', traceId],
      ['access token', `expires ${momentOf(credential.expiresAt, engine.clock.now())}`],
    ],
    { installation, clientId, traceId, codeExpiresAt: expiresAt, expiresAt: credential.expiresAt },
  );
  return EXIT.ok;
}
