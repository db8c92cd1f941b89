import { isMissed } from './figures.js';

const COLUMNS = ['what', 'contender', 'figure', 'beside', 'target', 'verdict'];
const HEADINGS = ['what', 'contender', 'measured', 'beside', 'to reach', ''];

const markdownOf = ({ headings, rows }) =>
  [headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const tableOf = (lines) => ({ headings: HEADINGS, rows: lines.map((one) => COLUMNS.map((column) => one[column])) });

const whysOf = (lines) => {
  const missed = lines.filter((line) => isMissed(line) && line.why !== undefined);
  const reasons = [...new Set(missed.map(({ why }) => why))];
  const wordOf = (reason) =>
    [...new Set(missed.filter(({ why }) => why === reason).map(({ what }) => what))].join(', ');
  return reasons.map((reason) => `- *${wordOf(reason)}*: ${reason}`).join('\n');
};

/** One row of the benchmarks as Markdown. */
export const sectionOf = ({ row, lines, tables = [] }) =>
  [
    `## ${row.title}`,
    row.about.trim(),
    markdownOf(tableOf(lines)),
    whysOf(lines),
    ...tables.flatMap(({ about, ...table }) => [about, markdownOf(table)]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');

const summaryOf = (results) => {
  const judged = results.flatMap(({ lines }) => lines).filter(({ verdict }) => verdict !== '');
  const missed = judged.filter(isMissed).length;
  const end =
    missed === 0
      ? 'All are met.'
      : `${missed} ${missed === 1 ? 'is' : 'are'} missed; the tables say by how much, and why.`;
  return `${judged.length} figures have a target. ${end}`;
};

/** The whole page. */
export const pageOf = ({ results, machine, minutes, date }) => `# Benchmarks

<!-- Written by \`npm run bench\`: change test/bench, not this page. -->

What the module costs per call, and what becomes of requests when tokens die, side by side with its peers in one run. ${summaryOf(results)}

To repeat it, in a checkout of this repository:

\`\`\`sh
npm ci && npm run bench
\`\`\`

It installs the contenders on first use, takes about a quarter of an hour, and writes this page anew. \`npm run bench -- storm\` runs one row and only prints it;
\`--quick\` runs with small sizes, to see that everything works. Nothing else should run on the machine meanwhile.

## How it is measured

- HighLevel is the simulator of this package, and PostgreSQL 18 a real one (\`fsync\` off), both on the loopback interface in processes of their own. Each
  contender has a process of its own as well, so that none warms or spoils another one's code.
- This module is built, packed and unpacked beside its peers, and used as a host uses it.
- Contenders take turns, another one first each round. A figure is the median over the rounds, with the range of the middle four fifths in brackets;
  a ratio is taken round by round.
- **Again** is the same contender a second time, in another process: how far two runs of one thing are apart on this machine.
- Who answers wrongly has that in place of a time: correctness comes first.
- Keep-alive and at most ${256} sockets per process, for all alike. Peers run in their defaults and, where that differs, as their documentation recommends.

| | |
| --- | --- |
| machine | ${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB, ${machine.system} |
| Node.js | ${machine.node} |
| contenders | ${machine.contenders} |
| beside them | ${machine.beside} |
| run | \`npm run bench\`, ${date}, ${minutes} minutes |

${results.map(sectionOf).join('\n\n')}
`;

const alignedOf = ({ headings, rows }) => {
  const widths = headings.map((_, column) => Math.max(...[headings, ...rows].map((cells) => cells[column].length)));
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** The same for a terminal. */
export const textOf = ({ row, lines, tables = [] }) =>
  [`\n${row.title}`, alignedOf(tableOf(lines)), whysOf(lines), ...tables.map(alignedOf)]
    .filter((part) => part !== '')
    .join('\n');
