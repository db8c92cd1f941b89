// What pure tests need of `@jest/globals`, without Jest around it: hundreds of runs have to take minutes.
import { createRequire } from 'node:module';

const require = createRequire(createRequire(import.meta.url).resolve('@jest/globals/package.json'));
export const expect = require('@jest/expect').jestExpect;

const tests = [];

export const describe = (_, body) => body();
export const it = (name, body) => void tests.push({ name, body });
it.each = (rows) => (name, body) => {
  for (const row of rows) it(name, () => body(...(Array.isArray(row) ? row : [row])));
};
describe.each = (rows) => (_, body) => {
  for (const row of rows) body(...(Array.isArray(row) ? row : [row]));
};

/** Runs what has been imported, up to the first failure. @returns the name of the test that failed */
export async function runTests() {
  for (const { name, body } of tests) {
    try {
      await body();
    } catch {
      return name;
    }
  }
  return null;
}
