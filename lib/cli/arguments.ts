import { InvalidArgumentError, Option, type Command } from 'commander';
import { ERROR_CODES, type GhlAuthErrorCode } from '../errors/error-codes.js';
import { INSTALLATION_STATES } from '../installation/installation.js';

const oneOf =
  <Name extends string>(names: readonly Name[]) =>
  (word: string, before: readonly Name[] = []): readonly Name[] => {
    const given = word.split(',').filter(Boolean) as Name[];
    const unknown = given.find((name) => !names.includes(name));
    if (unknown !== undefined) throw new InvalidArgumentError(`There are ${names.join(', ')}.`);
    return [...before, ...given];
  };

export const readCount = (word: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(word)) throw new InvalidArgumentError('It is a number from 1.');
  return Number(word);
};

export const readRate = (word: string): number => {
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(word) || !(Number(word) > 0))
    throw new InvalidArgumentError('It is a number above 0.');
  return Number(word);
};

/** The parent of a location that is named. */
export const company = (): Option => new Option('--company <id>', "the location's company");

/** Options that select by what the store knows. */
export const selectingByRecord = (command: Command): Command =>
  command
    .option('--state <states>', 'only in these states, with commas', oneOf(INSTALLATION_STATES))
    .option('--company <id>', 'only this company')
    .option(
      '--error <codes>',
      'only with these reasons, with commas',
      oneOf(Object.keys(ERROR_CODES) as GhlAuthErrorCode[]),
    )
    .option('--limit <number>', 'at most so many', readCount);

/** Options that select installations for a recovery job. */
export const selecting = (command: Command): Command =>
  selectingByRecord(command)
    .option('--all', 'everything in the store')
    .option('--issued-from <moment>', 'only with a credential issued then or later, such as 2026-11-25T10:00:00Z')
    .option('--issued-until <moment>', 'only with a credential issued before then')
    .option(
      '--ids-from <file>',
      'the ids of a file, or with - those that are piped in: ID, ID,COMPANY or company:ID a line',
    )
    .option('--directory', "everything in the host's directory")
    .option('--installed', 'with --company: every location where HighLevel says that the app is installed');
