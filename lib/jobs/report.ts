import type { Rung } from '../installation/installation.js';
import type { JobStore } from './job-store.js';
import type { JobItem, JobProgress } from './job-types.js';

const ENDPOINTS: Readonly<Record<Rung, string>> = {
  refresh: 'POST /oauth/token',
  mint: 'POST /oauth/locationToken',
  reconnect: 'POST /oauth/reconnect',
};
const SUPPORT = 'https://developers.gohighlevel.com/';
/** A ticket that nobody reads to its end helps nobody. */
const MAX_TRACES = 20;

/** What a recovery job has to say: a summary, each installation, and the text of a ticket. Reads the store; holds nothing in memory. */
export class JobReport {
  /** Made by the module. @internal */
  constructor(
    private readonly store: JobStore,
    /** The summary. */
    readonly summary: JobProgress,
  ) {}

  /** What became of each installation, piece by piece. Those that are not done yet are missing. */
  async *items(): AsyncGenerator<JobItem> {
    for await (const { key } of this.store.chunks(this.summary.id)) yield* (await this.store.itemsOf(key)).values();
  }

  /** The same as JSON lines. */
  async *lines(): AsyncGenerator<string> {
    for await (const item of this.items()) yield JSON.stringify(item);
  }

  /** The text of a ticket for HighLevel's support: what was refused, how often, when (UTC), and the trace ids. */
  async ticket(): Promise<string> {
    const troubles = new Map<string, Trouble>();
    for await (const item of this.items()) {
      const { code, message, status } = item;
      if (code === null || message === null) continue;
      const name = JSON.stringify([code, status, message]);
      const trouble = troubles.get(name) ?? { code, message, status, items: [], count: 0, from: item.at, to: item.at };
      trouble.count += 1;
      if (item.at < trouble.from) trouble.from = item.at;
      if (item.at > trouble.to) trouble.to = item.at;
      if (item.traceId !== null && trouble.items.length < MAX_TRACES) trouble.items.push(item);
      troubles.set(name, trouble);
    }
    const { total, done, outcomes, createdAt } = this.summary;
    const counts = Object.entries(outcomes).map(([name, count]) => `${count} ${name}`);
    return [
      `To: ${SUPPORT}`,
      'Subject: OAuth credentials of our marketplace app are refused',
      '',
      `Since ${createdAt.toISOString()} (UTC) we have tried ${done} of ${total ?? '?'} installations: ${counts.join(', ') || 'none yet'}.`,
      ...[...troubles.values()].sort((one, other) => other.count - one.count).flatMap(paragraphOf),
      '',
    ].join('\n');
  }
}

interface Trouble {
  readonly code: string;
  readonly message: string;
  readonly status: number | null;
  readonly items: JobItem[];
  count: number;
  from: Date;
  to: Date;
}

const paragraphOf = ({ message, status, items, count, from, to }: Trouble): string[] => [
  '',
  `${count} times${status === null ? '' : `, HTTP ${status}`}, from ${from.toISOString()} to ${to.toISOString()} (UTC):`,
  `  ${message}`,
  ...items.map(({ traceId, rung, installation, at }) => {
    const { locationId, companyId } = installation ?? {};
    const where = locationId === undefined ? `company ${companyId}` : `location ${locationId}`;
    return `  traceId ${traceId}, ${rung === null ? '' : `${ENDPOINTS[rung]}, `}${where}, ${at.toISOString()}`;
  }),
];
