import { chmod, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileEmergencySink } from '../../../lib/index.js';
import { expired, failStoreAtTheCall } from './support/scene.js';

const HOUR_S = 3_600;

let parent: string;
let folder: string;
let sink: FileEmergencySink;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'nestjs-ghl-auth-sink-'));
  folder = join(parent, 'not/there/yet');
  sink = new FileEmergencySink(folder);
});
afterEach(async () => {
  await chmod(folder, 0o700).catch(() => undefined);
  await rm(parent, { recursive: true, force: true });
});

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

describe('an emergency sink in a folder', () => {
  it('is empty where there is no folder yet', async () => {
    expect(await sink.list()).toEqual([]);
    expect(await sink.get('a')).toBeNull();
    await sink.remove('a');
  });

  it('keeps, replaces, lists and removes texts, which another process finds as well', async () => {
    await sink.put('a-1', 'one');
    await sink.put('b-2', 'ü\n'.repeat(5_000));
    await sink.put('a-1', 'another');
    const other = new FileEmergencySink(folder);
    expect([...(await other.list())].sort()).toEqual(['a-1', 'b-2']);
    expect(await other.get('a-1')).toBe('another');
    expect(await other.get('b-2')).toBe('ü\n'.repeat(5_000));
    await other.remove('a-1');
    expect(await sink.get('a-1')).toBeNull();
    expect(await sink.list()).toEqual(['b-2']);
  });

  it('lets only the owner read what it keeps', async () => {
    await sink.put('a', 'secret');
    expect(await modeOf(join(folder, 'a'))).toBe(0o600);
    expect(await modeOf(folder)).toBe(0o700);
  });

  it('shows a text whole or not at all, while others write and read', async () => {
    const texts = ['x', 'y', 'z'].map((letter) => letter.repeat(200_000));
    let isWriting = true;
    const seen = new Set<string>();
    const reading = (async () => {
      while (isWriting) seen.add((await sink.get('a')) ?? '');
    })();
    for (let round = 0; round < 5; round += 1) await Promise.all(texts.map((text) => sink.put('a', text)));
    isWriting = false;
    await reading;
    seen.delete('');
    expect([...seen].filter((text) => !texts.includes(text))).toEqual([]);
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('leaves other files alone, and removes what a process that died was writing', async () => {
    await sink.put('a', 'kept');
    await writeFile(join(folder, 'notes.txt'), 'not ours');
    await writeFile(join(folder, '.b-0f.tmp'), 'half a sec');
    await writeFile(join(folder, '.c-1e.tmp'), 'being written');
    const longAgo = Date.now() / 1_000 - 2 * HOUR_S;
    await utimes(join(folder, '.b-0f.tmp'), longAgo, longAgo);
    expect(await sink.list()).toEqual(['a']);
    expect((await readdir(folder)).sort()).toEqual(['.c-1e.tmp', 'a', 'notes.txt']);
    expect(await readFile(join(folder, 'notes.txt'), 'utf8')).toBe('not ours');
  });

  it.each(['../outside', '/etc/passwd', '', 'a/b', '.hidden', 'x'.repeat(129)])(
    'refuses the key %p, whatever it is asked to do',
    async (key) => {
      await expect(sink.put(key, 'x')).rejects.toThrow('A key has');
      await expect(sink.get(key)).rejects.toThrow('A key has');
      await expect(sink.remove(key)).rejects.toThrow('A key has');
      expect(await readdir(parent)).toEqual([]);
    },
  );

  it('says so where it cannot write, and leaves nothing half done', async () => {
    await sink.put('a', 'x');
    await writeFile(join(parent, 'file'), '');
    await expect(new FileEmergencySink(join(parent, 'file')).put('b', 'x')).rejects.toThrow(/EEXIST|ENOTDIR/);
    await expect(new FileEmergencySink(join(parent, 'file')).list()).rejects.toThrow('ENOTDIR');
  });

  it('carries a new pair from a process that died to the next one', async () => {
    const scene = await expired({ emergencySink: sink });
    failStoreAtTheCall(scene);
    const token = await scene.want();
    while ((await sink.list()).length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    scene.process.kill();
    scene.store.mend();
    await scene.bench.clock.advance(60_000);
    expect(await scene.want(scene.another())).toBe(token);
    expect(scene.bench.ledger.refreshes()).toHaveLength(1);
    while ((await sink.list()).length > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  });
});
