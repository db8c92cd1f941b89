import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

export interface Reachable {
  /** The files that are loaded when the entry is, in the order in which they run. */
  files: string[];
  /** The packages that they import. */
  packages: string[];
}

/** Follows the relative imports of a built file (`.js` or `.d.ts`). */
export function reachable(entry: string): Reachable {
  const extension = entry.endsWith('.d.ts') ? '.d.ts' : '.js';
  const files = new Set<string>();
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles) {
      if (fileName.startsWith('.')) visit(join(dirname(file), fileName.replace(/\.js$/, extension)));
      else packages.add(packageName(fileName));
    }
    files.add(file);
  };
  visit(entry);
  return { files: [...files], packages: [...packages] };
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
