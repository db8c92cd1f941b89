// Runs test files without Jest. Ends with 0 where no test fails, with 1 where one does, and with 2 where a file cannot be loaded.
import { pathToFileURL } from 'node:url';

const [shim, ...files] = process.argv.slice(2);
const { runTests } = await import(pathToFileURL(shim));
const load = async () => {
  for (const file of files) await import(pathToFileURL(file));
};
await load().catch(() => process.exit(2));
process.exit((await runTests()) === null ? 0 : 1);
