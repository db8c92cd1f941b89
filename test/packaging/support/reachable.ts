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
    const text = readFileSync(file, 'utf8');
    for (const { fileName, pos } of ts.preProcessFile(text, true, true).importedFiles) {
      // What is imported when it is needed is not loaded with the entry.
      if (/\bimport\(\s*$/.test(text.slice(0, pos)) && extension === '.js') continue;
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
