export interface Snippet {
  /** File name from the snippet's first line, such as `// app.module.ts`. */
  name: string | undefined;
  /** Number of the README's line on which the code starts, from 1. */
  line: number;
  code: string;
}

export interface Section {
  title: string;
  /** Own snippets, and the named ones of the sections around it that it does not replace. */
  snippets: Snippet[];
}

interface OpenSection {
  title: string;
  level: number;
  own: Snippet[];
  parent: OpenSection | undefined;
}

const fence = /^\s*(`{3,})\s*(\S*)/;
const heading = /^(#{1,6})\s+(.*)$/;
const fileName = /^\/\/\s*([\w./-]+\.ts)\s*$/;

/** The `ts` snippets of a Markdown text, by section. Sections without snippets are left out. */
export function readmeSections(markdown: string): Section[] {
  let current: OpenSection = { title: '', level: 0, own: [], parent: undefined };
  const sections = [current];
  const lines = markdown.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const title = heading.exec(line);
    if (title) {
      const level = title[1]?.length ?? 0;
      let parent: OpenSection | undefined = current;
      while (parent && parent.level >= level) parent = parent.parent;
      current = { title: title[2] ?? '', level, own: [], parent };
      sections.push(current);
      continue;
    }
    const opened = fence.exec(line);
    if (!opened) continue;
    const start = index + 1;
    const end = lines.findIndex((text, at) => at >= start && text.trim() === opened[1]);
    if (end < 0) throw new Error(`README line ${String(index + 1)}: this snippet is never closed`);
    if (opened[2] === 'ts' || opened[2] === 'typescript') current.own.push(snippet(lines, start, end));
    index = end;
  }
  return sections
    .filter((section) => section.own.length > 0)
    .map((section) => ({ title: section.title, snippets: visible(section) }));
}

function snippet(lines: string[], start: number, end: number): Snippet {
  return {
    name: fileName.exec(lines[start]?.trim() ?? '')?.[1],
    line: start + 1,
    code: lines.slice(start, end).join('\n'),
  };
}

function visible(section: OpenSection): Snippet[] {
  const names = new Set<string>();
  for (const { name, line } of section.own) {
    if (name === undefined) continue;
    if (names.has(name)) throw new Error(`README line ${String(line)}: "${section.title}" has two snippets "${name}"`);
    names.add(name);
  }
  const snippets = [...section.own];
  for (let parent = section.parent; parent; parent = parent.parent) {
    for (const inherited of parent.own) {
      if (inherited.name === undefined || names.has(inherited.name)) continue;
      names.add(inherited.name);
      snippets.push(inherited);
    }
  }
  return snippets;
}
