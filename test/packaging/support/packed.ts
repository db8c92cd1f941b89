import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../../..');

export interface Packed {
  /** Temporary folder of this run; removed at its end (set KEEP_PACKED=1 to keep it). */
  folder: string;
  /** Path of the packed tarball. */
  tarball: string;
  /** Size of the tarball in bytes. */
  size: number;
  /** Paths inside the tarball. */
  files: string[];
  /** Folder in which the package is installed with its dependency and its required peers only. */
  bare: string;
  /** Folder in which the package is installed with everything that this repository has installed. */
  full: string;
}

export function packed(): Packed {
  const file = process.env['GHL_AUTH_PACKED'];
  if (!file) throw new Error('The global setup of the packaging tests has not run.');
  return JSON.parse(readFileSync(file, 'utf8')) as Packed;
}

export interface Manifest {
  version: string;
  bin: Record<string, string>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional?: boolean }>;
  exports: Record<string, unknown>;
}

export function manifest(): Manifest {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
}

/** Import paths of the public entries, such as `nestjs-ghl-auth/testing`. */
export function entries(): string[] {
  return Object.keys(manifest().exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) => entry.replace(/^\./, 'nestjs-ghl-auth'));
}
