#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { runCommand } from './program.js';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const interrupting = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => {
    // What is under way is brought to its end; whoever asks again does not want to wait for that.
    process.once(name, () => process.exit(130));
    interrupting.abort();
  });
// The reader has seen enough, as of `ghl-auth list | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') interrupting.abort();
});

const { stdin, stdout, stderr } = process;
const exitCode = await runCommand(process.argv.slice(2), {
  stdin,
  stdout,
  stderr,
  cwd: process.cwd(),
  version,
  signal: interrupting.signal,
});
// What the host has left open does not keep the command; what it has said comes out first.
stdout.write('', () => stderr.write('', () => process.exit(exitCode)));
