import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Packages, by the name under which they are installed, with the major version that is claimed: `12`; `0.5` for one below 1. */
export type Claims = Readonly<Record<string, string>>;

/** A package as it lies in a tree of `node_modules`. */
export interface InstalledCopy {
  readonly name: string;
  readonly folder: string;
  readonly version: string;
}

/** Every package below a folder's `node_modules`, nested copies too, each by its own package.json. */
export function installedCopies(folder: string): InstalledCopy[] {
  const modules = join(folder, 'node_modules');
  return packageNames(modules).flatMap((name) => {
    const copy = join(modules, name);
    const manifest = join(copy, 'package.json');
    if (!existsSync(manifest)) return [];
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version?: string };
    return [{ name, folder: copy, version: version ?? 'unknown' }, ...installedCopies(copy)];
  });
}

/** What is installed and is not what is claimed, in words. */
export function falseClaims(folder: string, claims: Claims): string[] {
  const copies = installedCopies(folder);
  return Object.entries(claims).flatMap(([name, major]) => {
    const found = copies.filter((copy) => copy.name === name);
    if (found.length === 0) return [`${name} is claimed at ${major}, and is not installed`];
    return found
      .filter(({ version }) => !isOf(version, major))
      .map((copy) => `${name} is claimed at ${major}, but ${relative(folder, copy.folder)} is ${copy.version}`);
  });
}

/** Whether Node.js is another one than is claimed, in words. */
export function falseNodeClaims(version: string, majors: readonly string[]): string[] {
  if (majors.some((major) => isOf(version, major))) return [];
  return [`Node.js is claimed at ${majors.join(', ')}, but the tests run on ${version}`];
}

const isOf = (version: string, major: string): boolean => version === major || version.startsWith(`${major}.`);

function packageNames(modules: string): string[] {
  if (!existsSync(modules)) return [];
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`) : [name],
    );
}
