import { installationRefOf } from '../../installation/installation.js';
import type { InstallationRef } from '../../installation/installation-ref.js';
import type { CommandContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { probe, type ProbeVerdict, wordsOfProbe } from '../probe.js';
import { nameOf } from '../words.js';
import { storedAt } from './show.js';

const ENDS: Readonly<Record<ProbeVerdict, ExitCode>> = {
  lives: EXIT.ok,
  rejected: EXIT.notRecovered,
  expired: EXIT.notRecovered,
  none: EXIT.notRecovered,
  unknown: EXIT.failure,
};

/** Whether HighLevel takes the access token of an installation. Changes nothing. */
export async function verify(context: CommandContext, ref: InstallationRef): Promise<ExitCode> {
  const { engine, out } = context;
  const { installation } = await storedAt(context, ref);
  const found = await probe(context, engine.keeper.placeOf(ref), installation.credential);
  const named = installationRefOf(installation);
  await out.facts(
    [
      ['installation', nameOf(named)],
      ['state', installation.state],
      ['credential', wordsOfProbe(found)],
    ],
    { installation: named, state: installation.state, ...found },
  );
  return ENDS[found.verdict];
}
