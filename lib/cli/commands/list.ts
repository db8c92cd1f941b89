import type { GhlAuthErrorCode } from '../../errors/error-codes.js';
import { installationRefOf, type InstallationState } from '../../installation/installation.js';
import { oneWayBackFinder } from '../../recovery/one-way-back-finder.js';
import { statusOf } from '../../services/installation-views.js';
import type { Stored } from '../../storage/installation-store.js';
import type { CommandContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Column } from '../output.js';
import { momentOf, nameOf } from '../words.js';

/** Which installations are listed. */
export interface ListOptions {
  readonly state?: readonly InstallationState[];
  readonly company?: string;
  readonly error?: readonly GhlAuthErrorCode[];
  readonly limit?: number;
  readonly oneWayBack?: boolean;
}

const PAGE = 200;

/** The installations that the store knows. */
export async function list(context: CommandContext, options: ListOptions): Promise<ExitCode> {
  const { engine, out, signal } = context;
  let [count, unreadable] = [0, 0];
  const onUnreadable = (more: number): void => void (unreadable += more);
  const write = out.table(columnsFor(context), (stored) => statusOf(stored.installation, engine.dueOf(stored)));
  const isOneWayBack = options.oneWayBack ? oneWayBackFinder(engine) : null;
  for await (const stored of all(context, options, onUnreadable)) {
    if (signal.aborted || count >= (options.limit ?? Number.POSITIVE_INFINITY)) break;
    if (!isMeant(stored, options) || (isOneWayBack !== null && !(await isOneWayBack(stored.installation)))) continue;
    count += 1;
    await write(stored);
  }
  if (unreadable > 0) {
    out.note(`${unreadable} records could not be read; with --verbose the log names them.`);
    return EXIT.failure;
  }
  if (count === 0) out.note('Nothing matches.');
  return count === 0 ? EXIT.nothing : EXIT.ok;
}

/** A company comes before its locations. */
async function* all(
  { engine }: CommandContext,
  { company }: ListOptions,
  onUnreadable: (count: number) => void,
): AsyncGenerator<Stored> {
  const own = company === undefined ? null : await engine.store.find(engine.keeper.placeOf({ companyId: company }).key);
  if (own !== null) yield own;
  const group = company === undefined ? {} : { companyId: company };
  for await (const page of engine.store.pages({ ...group, limit: PAGE, onUnreadable })) yield* page;
}

const isMeant = ({ installation: { state, trouble } }: Stored, options: ListOptions): boolean =>
  (options.state?.includes(state) ?? true) &&
  (options.error === undefined || (trouble !== null && options.error.includes(trouble.code)));

const columnsFor = ({ engine, out }: CommandContext): Column<Stored>[] => {
  const now = engine.clock.now();
  const moment = (at: number | null): string | null => {
    if (at === null) return null;
    return out.isTerminal ? momentOf(new Date(at), now) : new Date(at).toISOString();
  };
  return [
    { title: 'INSTALLATION', width: 30, of: ({ installation }) => nameOf(installationRefOf(installation)) },
    { title: 'STATE', width: 21, of: ({ installation }) => installation.state },
    { title: 'SINCE', width: 34, of: ({ installation }) => moment(installation.stateSince) },
    { title: 'REASON', width: 26, of: ({ installation }) => installation.trouble?.code ?? null },
    { title: 'NEXT', width: 34, of: (stored) => moment(engine.dueOf(stored)) },
  ];
};
