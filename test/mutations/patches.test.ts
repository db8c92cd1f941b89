import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

describe.each([
  ['mutations', []],
  ['planted leaks', ['--leaks']],
])('the %s', (_, which) => {
  it('are many, and each one applies to the code as it is, in one place', () => {
    const { stdout, stderr } = spawnSync(process.execPath, ['test/mutations/run.mjs', '--check', ...which], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^\d+ patches, 0 problems\n$/);
    expect(Number.parseInt(stdout, 10)).toBeGreaterThanOrEqual(which.length === 0 ? 20 : 10);
  });
});
