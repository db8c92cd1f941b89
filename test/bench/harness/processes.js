import { fork } from 'node:child_process';

const ENTRY = new URL('process.js', import.meta.url);
const running = new Set();

/** A process of its own in which the tasks of a module run, one after the other or at the same time, as they are asked for. */
export class Process {
  #asked = new Map();
  #count = 0;
  #child;

  constructor(child) {
    this.#child = child;
    let fatal = '';
    child.on('message', ({ id, value, error, ...other }) => {
      if (other.fatal !== undefined) return void (fatal = other.fatal);
      const { resolve, reject } = this.#asked.get(id);
      this.#asked.delete(id);
      if (error === undefined) resolve(value);
      else reject(new Error(`in a process of the benchmark: ${error}`));
    });
    child.once('exit', (code, signal) => {
      running.delete(this);
      for (const { reject } of this.#asked.values())
        reject(new Error(`a process of the benchmark ended with ${signal ?? code}: ${fatal}`));
    });
  }

  /**
   * Starts a process, and resolves when the module is loaded.
   * @param module URL of a module that exports `tasks`
   * @param nodeOptions flags of Node.js
   */
  static async start(module, { nodeOptions = [] } = {}) {
    const said = process.env.BENCH_VERBOSE ? 'inherit' : 'ignore';
    const child = fork(ENTRY, [String(module)], {
      execArgv: nodeOptions,
      serialization: 'advanced',
      stdio: ['ignore', said, said, 'ipc'],
    });
    const started = new Process(child);
    running.add(started);
    await new Promise((resolve, reject) => started.#asked.set('ready', { resolve, reject }));
    return started;
  }

  /** Runs a task with what is given to it. @returns what it answers */
  ask(task, given) {
    const id = (this.#count += 1);
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#child.send({ id, task, given });
    });
  }

  /** Ends the process and waits until it is gone. */
  async end() {
    if (!running.has(this)) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/** Ends every process that is still running. */
export const endAll = () => Promise.all([...running].map((one) => one.end()));
