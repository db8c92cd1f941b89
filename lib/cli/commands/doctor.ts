import type { CommandContext } from '../context.js';
import { configuration } from '../doctor/configuration.js';
import type { Check, Finding } from '../doctor/finding.js';
import { keyPairs, reachable } from '../doctor/high-level.js';
import { installations, pauses } from '../doctor/installations.js';
import { store } from '../doctor/store.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Column } from '../output.js';
import { explain } from '../words.js';

const CHECKS: readonly (readonly [name: string, check: Check])[] = [
  ['configuration', configuration],
  ['store', store],
  ['highlevel', reachable],
  ['key pair', keyPairs],
  ['pauses', pauses],
  ['installations', installations],
];

const COLUMNS: readonly Column<Finding>[] = [
  { title: '', width: 4, of: ({ level }) => level },
  { title: 'WHAT', width: 13, of: ({ check }) => check },
  { title: 'HOW IT IS', width: 0, of: ({ text, help }) => (help === undefined ? text : `${text}. ${help}`) },
];

/** Looks at everything that recovery stands on. Changes nothing but a record that it throws away. */
export async function doctor(context: CommandContext): Promise<ExitCode> {
  const { out, signal } = context;
  const write = out.table(COLUMNS, (finding) => finding);
  let isWell = true;
  for (const [name, check] of CHECKS) {
    if (signal.aborted) break;
    for await (const finding of guarded(name, check, context)) {
      isWell &&= finding.level !== 'fail';
      await write(finding);
    }
  }
  return isWell ? EXIT.ok : EXIT.failure;
}

/** What a check fails with is what it has found. */
async function* guarded(check: string, look: Check, context: CommandContext): AsyncGenerator<Finding> {
  try {
    yield* look(context);
  } catch (error) {
    yield { level: 'fail', check, text: explain(error) };
  }
}
