// Runs test files without Jest. Ends with 1 where a test fails or cannot be loaded, and with 0 where none does.
import { pathToFileURL } from 'node:url';

const [shim, ...files] = process.argv.slice(2);
const { runTests } = await import(pathToFileURL(shim));
for (const file of files) await import(pathToFileURL(file));
const failed = await runTests();
if (failed !== null) console.log(failed);
process.exit(failed === null ? 0 : 1);
