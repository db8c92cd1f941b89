import './typescript.js';
import { endAll, Process } from './processes.js';

const HIGH_LEVEL = new URL('high-level.js', import.meta.url);
const POSTGRES = new URL('../../support/postgres.ts', import.meta.url);

/** What rows are measured with: processes, a simulated HighLevel, a PostgreSQL. */
export class Bench {
  /** @param settings `isQuick`: small sizes, to see that everything works; `packed`: what is known about the tarball */
  constructor({ isQuick, packed }) {
    this.isQuick = isQuick;
    this.packed = packed;
    this.shared = {};
  }

  /** For one row: its processes run the tasks of its own file. @param url of that file */
  forRow(url) {
    return Object.assign(Object.create(this), { url });
  }

  /** The first number, or in a quick run the second. */
  size(whole, quick) {
    return this.isQuick ? quick : whole;
  }

  /** A process in which this row's tasks run. */
  process(options) {
    return Process.start(this.url, options);
  }

  /** A simulated HighLevel in a process of its own. @returns it, and what a backend has to know about the app */
  async highLevel(given) {
    const process = await Process.start(HIGH_LEVEL);
    return {
      ask: (task, value) => process.ask(task, value),
      world: await process.ask('start', given),
      end: () => process.end(),
    };
  }

  /** A new database on a PostgreSQL that all rows share. @returns its connection string */
  async database() {
    this.shared.postgres ??= import(POSTGRES).then(({ startPostgres }) => startPostgres());
    return (await this.shared.postgres).createDatabase();
  }

  async close() {
    await endAll();
    await (await this.shared.postgres)?.stop();
  }
}
