import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { root } from './patches.mjs';

const COPIED = [
  'lib',
  'test',
  'jest.config.js',
  'package.json',
  'tsconfig.json',
  'tsconfig.esm.json',
  'tsconfig.cjs.json',
];
const LEFT_OUT = ['test/mutations', 'test/leaks', 'test/packaging/fixtures', 'test/processes/dist'];

/** A copy of the sources and tests as they are now, committed or not, that can be broken. */
export function copyTree() {
  const where = realpathSync(mkdtempSync(join(tmpdir(), 'ghl-auth-mutations-')));
  const isWanted = (source) => !LEFT_OUT.some((path) => (source + sep).startsWith(join(root, path) + sep));
  for (const name of COPIED) cpSync(join(root, name), join(where, name), { recursive: true, filter: isWanted });
  symlinkSync(join(root, 'node_modules'), join(where, 'node_modules'), 'dir');
  return {
    where,
    /** Undoes what a patch has done. */
    restore: (files) => files.forEach((file) => cpSync(join(root, file), join(where, file))),
    remove: () => rmSync(where, { recursive: true, force: true }),
  };
}
