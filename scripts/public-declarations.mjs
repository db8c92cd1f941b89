// Which declarations a user can see: those that an entry exports from, directly or through another one that only passes on.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const parse = (file, text) => ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);

/** The declaration files whose doc comments users see in their editors. */
export async function publicDeclarations(entries) {
  const seen = new Set(entries);
  for (const file of seen) {
    const { statements } = parse(file, await readFile(file, 'utf8'));
    const exports = statements.filter(
      (one) => ts.isExportDeclaration(one) && one.moduleSpecifier?.text.startsWith('.'),
    );
    for (const { moduleSpecifier } of exports) {
      seen.add(join(dirname(file), moduleSpecifier.text.replace(/\.js$/, '.d.ts')));
    }
  }
  return seen;
}

/** The declaration files that a compiler reads for the entries. */
export async function neededDeclarations(entries) {
  const needed = new Set(entries);
  for (const file of needed) {
    const { importedFiles } = ts.preProcessFile(await readFile(file, 'utf8'), true, true);
    for (const { fileName } of importedFiles)
      if (fileName.startsWith('.')) needed.add(join(dirname(file), fileName.replace(/\.js$/, '.d.ts')));
  }
  return needed;
}

/** A declaration file without its comments. */
export const withoutComments = (file, text) => ts.createPrinter({ removeComments: true }).printFile(parse(file, text));
