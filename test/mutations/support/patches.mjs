import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The root of the repository. */
export const root = new URL('../../..', import.meta.url).pathname.replace(/\/$/, '');

/**
 * The patches of a folder, in order. The head of each is prose, and lines `Rule: …` and `Caught by: …`; the latter names the test files that are
 * expected to fail, one a line.
 */
export function readPatches(of) {
  const folder = join(root, of);
  const names = readdirSync(folder).filter((name) => name.endsWith('.patch'));
  return names.sort().map((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const [head, ...hunks] = text.split(/^(?=diff --git |@@ )/m);
    const rule = /^Rule: (.+)$/m.exec(head)?.[1];
    const tests = [...head.matchAll(/^Caught by: (.+)$/gm)].map(([, file]) => file);
    const files = [...text.matchAll(/^--- a\/(.+)$/gm)].map(([, file]) => file);
    const prose = head.replace(/^(Rule|Caught by): .*$/gm, '').trim();
    return {
      name: name.replace('.patch', ''),
      number: name.slice(0, 2),
      path: join(folder, name),
      hunks,
      prose,
      rule,
      tests,
      files,
    };
  });
}

/** Applies a patch in a folder, or only looks whether it would. @returns what git says against it, or `null` */
export function apply(patch, where, ...options) {
  // A hook of git would name the repository that it runs in.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  const { status, stderr, error } = spawnSync('git', ['apply', ...options, patch.path], {
    cwd: where,
    env,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  return status === 0 ? null : stderr.trim();
}

/** What is wrong with a patch, as it stands in the repository. */
export function problemsOf(patch) {
  const { name, hunks, prose, rule, tests, files } = patch;
  const problems = [];
  if (!/^\d\d-[a-z0-9-]+$/.test(name)) problems.push('its name is not NN-short-name');
  if (prose === '' || rule === undefined || tests.length === 0)
    problems.push('its head lacks prose, Rule or Caught by');
  for (const file of tests) if (!existsSync(join(root, file))) problems.push(`${file} is not there`);
  for (const file of files) if (!file.startsWith('lib/')) problems.push(`it changes ${file}`);
  const refusal = apply(patch, root, '--check');
  if (refusal !== null) problems.push(`it does not apply: ${refusal}`);
  else problems.push(...ambiguous(hunks));
  return problems;
}

/** So little context may be found in the wrong place when what is around it has moved. */
function ambiguous(hunks) {
  let content = '';
  const problems = [];
  for (const hunk of hunks) {
    if (hunk.startsWith('diff --git ')) {
      content = readFileSync(join(root, /^--- a\/(.+)$/m.exec(hunk)[1]), 'utf8');
      continue;
    }
    const lines = hunk.split('\n').slice(1, -1);
    const before = lines.filter((line) => !line.startsWith('+')).map((line) => `${line.slice(1)}\n`);
    if (content.split(before.join('')).length !== 2)
      problems.push(`it fits in more than one place: ${before[0].trim()}`);
  }
  return problems;
}
