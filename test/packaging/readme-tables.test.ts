import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { NUMBER_SETTINGS } from '../../lib/config/durations.js';
import { ERROR_CODES } from '../../lib/errors/error-codes.js';
import { root } from './support/packed.js';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const tables = [readme, readFileSync(join(root, 'docs/options.md'), 'utf8')].join('\n');
const library = (path: string) => readFileSync(join(root, 'lib', path), 'utf8');

/** The rows of the documents' tables, by the first cell. */
const rows = new Map(
  tables
    .split('\n')
    .filter((line) => /^\| `/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
    .map(([first = '', ...cells]) => [first.replaceAll('`', ''), cells] as const),
);

interface Option {
  readonly name: string;
  /** The `@default` of its doc comment. */
  readonly fallback: string | undefined;
}

/** The options, as the doc comments of their interfaces describe them. */
function documentedOptions(): Option[] {
  const text = library('config/ghl-auth-options.ts');
  const source = ts.createSourceFile('options.ts', text, ts.ScriptTarget.Latest, true);
  const interfaces = new Map(
    source.statements.filter(ts.isInterfaceDeclaration).map((one) => [one.name.text, one.members] as const),
  );
  const read = (members: ts.NodeArray<ts.TypeElement>, prefix: string): Option[] =>
    [...members].filter(ts.isPropertySignature).flatMap((member) => {
      const name = prefix + member.name.getText();
      const { type } = member;
      const group = type && ts.isTypeReferenceNode(type) ? interfaces.get(type.typeName.getText()) : undefined;
      if (group) return read(group, `${name}.`);
      if (type && ts.isTypeLiteralNode(type)) return read(type.members, `${name}.`);
      const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default');
      return [{ name, fallback: ts.getTextOfJSDocComment(tag?.comment) }];
    });
  return read(interfaces.get('GhlAuthOptions') ?? ts.factory.createNodeArray(), '');
}

const options = documentedOptions();

describe('the table of options', () => {
  it('finds options to compare with', () => {
    expect(options.map(({ name }) => name)).toEqual(expect.arrayContaining(['clients', 'refresh.advisoryWindowMs']));
  });

  it.each(options)('has $name with its default', ({ name, fallback }) => {
    const [, shown] = rows.get(name) ?? [];
    // A value stands as code, with a remark such as "(1 h)" behind it; other defaults are told in words.
    const expected = fallback?.replace(/^(\S+)( \(.+\))?$/, (_, value, remark = '') => `\`${value}\`${remark}`);
    expect(shown).toBe(expected ?? 'none: required');
  });

  it.each(NUMBER_SETTINGS)('has $variable, its option and its true default', ({ group, name, variable, fallback }) => {
    const [environment, shown = ''] = rows.get(`${group}.${name}`) ?? [];
    expect(environment).toBe(`\`${variable}\``);
    expect(shown.split(' ')[0]).toBe(`\`${fallback}\``);
  });

  it('has every environment variable that the module reads, and no other', () => {
    const names = (text: string) => text.match(/\bGHL_[A-Z_]+[A-Z]\b/g) ?? [];
    const sources = readdirSync(join(root, 'lib/config')).map((file) => library(`config/${file}`));
    const read = new Set([...names(sources.join()), ...NUMBER_SETTINGS.map(({ variable }) => variable)]);
    const shown = new Set(options.flatMap(({ name }) => names(rows.get(name)?.[0] ?? '')));
    expect([...shown].sort()).toEqual([...read].filter((name) => !(name in ERROR_CODES)).sort());
  });

  it('has no option that does not exist', () => {
    const known = options.map(({ name }) => name);
    const shown = [...rows].filter(([, cells]) => /`GHL_/.test(cells[0] ?? '')).map(([name]) => name);
    expect(shown.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe("the README's other tables", () => {
  it('has every state', () => {
    const states = /InstallationState =([^;]+);/.exec(library('installation/installation.ts'))?.[1];
    const names = [...(states ?? '').matchAll(/'(\w+)'/g)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !rows.has(name ?? ''))).toEqual([]);
  });
});

describe("the documents' errors", () => {
  const errors = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  const sections = new Map(
    [...errors.matchAll(/^## `(GHL_\w+)`\n\n((?:.+\n)+)/gm)].map(([, code = '', text = '']) => [code, text] as const),
  );

  it.each(Object.entries(ERROR_CODES))(
    'have a heading for %s: cause, what to do, and whether waiting fixes it',
    (code, facts) => {
      const [, cause = '', advice = '', waiting = ''] =
        /^(.+)\n\*\*What to do:\*\* (.+)\n\*\*Will waiting fix it\?\*\* (.+)\n$/.exec(sections.get(code) ?? '') ?? [];
      expect([cause.length > 10, advice.length > 5]).toEqual([true, true]);
      expect(waiting).toMatch(facts.retryable ? /^Yes/ : /^No\.$/);
    },
  );

  it('have no code that does not exist', () => {
    expect([...sections.keys()].filter((code) => !(code in ERROR_CODES))).toEqual([]);
  });
});

describe('the documents', () => {
  const documents = ['README.md', 'sample/README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
  const headings = (text: string) =>
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );

  it.each(documents)('%s links to what exists', (document) => {
    const text = readFileSync(join(root, document), 'utf8');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = links.filter((link) => {
      if (/^https?:/.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? join(root, document) : join(root, dirname(document), path);
      if (!existsSync(file)) return true;
      return anchor !== undefined && !headings(readFileSync(file, 'utf8')).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it.each([...documents, 'CONTRIBUTING.md', 'SECURITY.md'])('%s names tests that are there', (document) => {
    const text = readFileSync(join(root, document), 'utf8');
    const named = [...text.matchAll(/`(test\/[\w./-]+)`/g)].map(([, path = '']) => join(root, path));
    expect(named.filter((path) => !existsSync(path) && !existsSync(`${path}.test.ts`))).toEqual([]);
  });

  it('name the two commands that a newcomer runs', () => {
    expect(readme).toContain('npm ci && npm run sample');
    expect(readme).toContain('npm ci && npm test');
  });
});
