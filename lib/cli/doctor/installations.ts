import type { InstallationState } from '../../installation/installation.js';
import type { CommandContext } from '../context.js';
import { wordsOf } from '../commands/pause.js';
import { fail, ok, warn, type Finding } from './finding.js';

/** So many are looked at; that is enough to see whether something is wrong. */
const MAX_COUNTED = 10_000;
const PAGE = 200;

interface Count {
  readonly states: Map<InstallationState, number>;
  /** Of how many each scope is missing that is asked for. */
  readonly missing: Map<string, number>;
  total: number;
  scoped: number;
  unreadable: number;
}

/** What the store holds: how many in which state, what cannot be read, and which scopes they lack. */
export async function* installations(context: CommandContext): AsyncGenerator<Finding> {
  const { states, missing, total, scoped, unreadable } = await count(context);
  const counts = [...states].map(([state, number]) => `${state} ${number}`).join(', ');
  const text = `${counts || 'none'}${total >= MAX_COUNTED ? ` (of the first ${MAX_COUNTED})` : ''}`;
  yield states.has('needs_reauthorization')
    ? warn('installations', text, 'ghl-auth list --state needs_reauthorization')
    : ok('installations', text);
  if (unreadable > 0)
    yield fail('records', `${unreadable} cannot be read`, 'A sealing key may be missing here; --verbose names them.');
  for (const [scope, number] of missing)
    yield warn(
      'scopes',
      `${scope} was not granted in ${number} of ${scoped}`,
      'Have these customers authorize the app again, or take the scope out.',
    );
  if (scoped > 0 && missing.size === 0) yield ok('scopes', `what is asked for was granted in each of ${scoped}`);
}

async function count({ engine, signal }: CommandContext): Promise<Count> {
  const found: Count = { states: new Map(), missing: new Map(), total: 0, scoped: 0, unreadable: 0 };
  const onUnreadable = (more: number): void => void (found.unreadable += more);
  for await (const page of engine.store.pages({ limit: PAGE, onUnreadable })) {
    for (const { installation } of page) {
      found.total += 1;
      add(found.states, installation.state);
      const scopes = installation.credential?.scopes ?? [];
      if (scopes.length === 0) continue;
      found.scoped += 1;
      for (const scope of engine.settings.scopes) if (!scopes.includes(scope)) add(found.missing, scope);
    }
    if (signal.aborted || found.total >= MAX_COUNTED) break;
  }
  return found;
}

const add = <Name>(counts: Map<Name, number>, name: Name): void => void counts.set(name, (counts.get(name) ?? 0) + 1);

/** The pauses in force. */
export async function* pauses({ reconnects, engine }: CommandContext): AsyncGenerator<Finding> {
  const inForce = await reconnects.pauses();
  if (inForce.length === 0) yield ok('pauses', 'none');
  for (const pause of inForce)
    yield warn('pauses', wordsOf(pause, engine.clock.now()), `ghl-auth resume ${pause.scope}`);
}
