import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { GhlAuthEmergencySink } from './emergency-sink.js';

const KEY = /^[A-Za-z0-9-]{1,128}$/;
const UNFINISHED = /^\.[A-Za-z0-9-]+\.tmp$/;
/** What was being written for so long was left by a process that died. */
const ABANDONED_AFTER_MS = 3_600_000;

const isMissing = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 'ENOENT';

/**
 * An emergency sink in a folder, which instances may share: one file for each pair of tokens that the store does not take, readable
 * by the owner alone, written beside its place and then renamed. Choose a folder that outlives the container, such as a
 * mounted volume, and on another disk than the database's.
 *
 * ```ts
 * GhlAuthModule.forRoot({ repository, emergencySink: { useValue: new FileEmergencySink('/var/lib/your-app/ghl-auth') } });
 * ```
 */
export class FileEmergencySink implements GhlAuthEmergencySink {
  /** @param folder is made when it is needed; other files in it are left alone */
  constructor(private readonly folder: string) {}

  /** {@inheritDoc GhlAuthEmergencySink.put} */
  async put(key: string, text: string): Promise<void> {
    const path = this.pathOf(key);
    const unfinished = join(this.folder, `.${key}-${randomBytes(4).toString('hex')}.tmp`);
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    try {
      const file = await open(unfinished, 'wx', 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(unfinished, path);
    } catch (error) {
      await unlink(unfinished).catch(() => undefined);
      throw error;
    }
    await this.syncFolder();
  }

  /** {@inheritDoc GhlAuthEmergencySink.list} */
  async list(): Promise<readonly string[]> {
    const names = await readdir(this.folder).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    await Promise.all(names.filter((name) => UNFINISHED.test(name)).map((name) => this.removeAbandoned(name)));
    return names.filter((name) => KEY.test(name));
  }

  /** {@inheritDoc GhlAuthEmergencySink.get} */
  async get(key: string): Promise<string | null> {
    return readFile(this.pathOf(key), 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw error;
    });
  }

  /** {@inheritDoc GhlAuthEmergencySink.remove} */
  async remove(key: string): Promise<void> {
    await unlink(this.pathOf(key)).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  }

  private pathOf(key: string): string {
    if (!KEY.test(key)) throw new TypeError('A key has 1 to 128 letters, digits and dashes');
    return join(this.folder, key);
  }

  private async removeAbandoned(name: string): Promise<void> {
    const path = join(this.folder, name);
    try {
      if (Date.now() - (await stat(path)).mtimeMs > ABANDONED_AFTER_MS) await unlink(path);
    } catch {
      // Its writer has finished meanwhile.
    }
  }

  /** So that the new name outlives a machine that loses power. Not every system can do that. */
  private async syncFolder(): Promise<void> {
    try {
      const folder = await open(this.folder, 'r');
      await folder.sync().finally(() => folder.close());
    } catch {
      // The file itself is on the disk.
    }
  }
}
