import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { LedgerAssertions } from '../../lib/testing.js';
import { root } from './support/packed.js';

const document = readFileSync(join(root, 'docs/testing.md'), 'utf8');
/** Everything that stands as code in the first two cells of a row of a table. */
const shown = new Set(
  document
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)),
);

const source = (path: string) =>
  ts.createSourceFile(path, readFileSync(join(root, 'lib/testing', path), 'utf8'), ts.ScriptTarget.Latest, true);

/** The settings of the simulator, as `group.name`; a limit has its own members, which are told in one row. */
function settings(): string[] {
  const interfaces = new Map(
    source('simulator/settings.ts')
      .statements.filter(ts.isInterfaceDeclaration)
      .map((one) => [one.name.text, one.members] as const),
  );
  const read = (name: string, prefix: string): string[] =>
    [...(interfaces.get(name) ?? [])].filter(ts.isPropertySignature).flatMap((member) => {
      const path = prefix + member.name.getText();
      const type = member.type && ts.isTypeReferenceNode(member.type) ? member.type.typeName.getText() : '';
      return /Settings$/.test(type) ? read(type, `${path}.`) : [path];
    });
  return read('SimulatorSettings', '');
}

/** The kinds of faults. */
function kinds(): string[] {
  const type = source('simulator/faults/fault.ts').statements.find(
    (one): one is ts.TypeAliasDeclaration => ts.isTypeAliasDeclaration(one) && one.name.text === 'FaultKind',
  )?.type;
  return type && ts.isUnionTypeNode(type) ? type.types.map((one) => one.getText()) : [];
}

describe('docs/testing.md', () => {
  it('finds settings and faults to compare with', () => {
    expect(settings()).toEqual(expect.arrayContaining(['requireUserAgent', 'token.graceMs', 'limits.retryAfter']));
    expect(kinds()).toEqual(expect.arrayContaining(["'lost'", "'hang'"]));
  });

  it('shows every setting of the simulator', () => {
    expect(settings().filter((name) => !shown.has(name))).toEqual([]);
  });

  it('shows no setting that does not exist', () => {
    const groups = /^(token|reconnect|mint|api|limits)\./;
    expect([...shown].filter((name) => groups.test(name) && !settings().includes(name))).toEqual([]);
  });

  it('shows every kind of fault', () => {
    expect(kinds().filter((kind) => !shown.has(kind))).toEqual([]);
  });

  it('shows every assertion, and no other', () => {
    const isOf = (name: string) =>
      typeof (LedgerAssertions.prototype as object as Record<string, unknown>)[name] === 'function';
    const rows = [...shown].flatMap((code) => /^(\w+)\((?:n, )?(?:place\??)?\)$/.exec(code)?.[1] ?? []);
    const names = source('assertions/ledger-assertions.ts')
      .statements.filter(ts.isClassDeclaration)
      .flatMap(({ members }) => [...members])
      .filter(ts.isMethodDeclaration)
      .filter(({ modifiers }) => !modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword))
      .map(({ name }) => name.getText());
    expect(names.every(isOf)).toBe(true);
    expect(names.filter((name) => !rows.includes(name))).toEqual([]);
    const said = rows.filter((name) => /^(rotated|never|reconnected|minted|api|nothing|no[A-Z]|kept)/.test(name));
    expect(said.filter((name) => !names.includes(name))).toEqual([]);
  });
});
