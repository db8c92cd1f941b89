import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';

const modules = join(import.meta.dirname, '../node_modules');
const CONTENDERS = [
  'nestjs-ghl-auth',
  '@gohighlevel/api-client',
  'axios-auth-refresh',
  'simple-oauth2',
  'google-auth-library',
  '@badgateway/oauth2-client',
  '@smithy/property-provider',
];
const BESIDE = ['@nestjs/common', '@nestjs/axios', 'axios', 'class-validator', 'pg'];

const versionOf = (name) => JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version;
const versionsOf = (names) => names.map((name) => `\`${name}\` ${versionOf(name)}`).join(', ');

/** What the figures were measured on, without anything that names a place or a person. */
export const machine = () => ({
  cores: availableParallelism(),
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  system: `${process.platform} ${process.arch}`,
  contenders: versionsOf(CONTENDERS),
  beside: versionsOf(BESIDE),
});
