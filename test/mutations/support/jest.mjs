import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';

const JEST = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
const LATE = 'SIGKILL';
/** How the search for secrets says that it has found one: `test/support/canary/setup.ts`. */
const CANARY = 'A secret got out';
/** What a broken test is made of, rather than a broken promise. */
const ACCIDENT = /^(TypeError|ReferenceError|SyntaxError|RangeError)\b|Exceeded timeout of \d+ ms/;

/**
 * Runs tests in a folder and reads Jest's own report.
 * @param tests their files; none: the whole unit project
 * @returns `null` where it did not come to an end in time
 */
export async function runJest(where, tests, limitMs) {
  const report = join(where, 'report.json');
  await rm(report, { force: true });
  const projects = tests.length === 0 ? ['unit'] : [...new Set(tests.map((file) => file.split('/')[1]))];
  const named = tests.length === 0 ? [] : ['--runTestsByPath', ...tests];
  const options = ['--maxWorkers=1', '--silent', '--json', `--outputFile=${report}`];
  const args = [...JEST, '--selectProjects', ...projects, ...options, ...named];
  const limits = { timeout: limitMs, killSignal: LATE };
  if (!(await ended(spawn(process.execPath, args, { cwd: where, stdio: 'ignore', ...limits })))) return null;
  const { testResults, numPassedTests } = JSON.parse(await readFile(report, 'utf8'));
  const failed = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => ({
        test: fullName,
        file: relative(where, name),
        isAccident: failureMessages.every((message) => ACCIDENT.test(message)),
        isOfCanary: failureMessages.some((message) => message.includes(CANARY)),
      })),
  );
  const broken = testResults
    .filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0)
    .map(({ name, message }) => ({ file: relative(where, name), message }));
  return { failed, broken, passed: numPassedTests };
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (_, signal) => resolve(signal !== LATE));
  });
}
