import { ConsoleLogger, Logger, type LoggerService } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { nestLog } from '../../../lib/module/nest-log.js';

afterEach(() => {
  jest.restoreAllMocks();
  Logger.overrideLogger(false);
});

/** What one entry becomes on standard output. */
const printed = (logger: LoggerService): string => {
  let text = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => ((text += String(chunk)), true));
  Logger.overrideLogger(logger);
  nestLog().info('Recovered', { key: 'installation/a/location/b', rung: 'refresh', traceId: null, attempts: 2 });
  jest.restoreAllMocks();
  return text;
};

describe('an entry of the log', () => {
  it('is one line of text, with its fields behind the message', () => {
    const text = printed(new ConsoleLogger({ colors: false }));
    expect(text).toContain('[GhlAuth] Recovered key=installation/a/location/b rung=refresh attempts=2\n');
  });

  it('is an object with its fields where the logger writes JSON', () => {
    const entry = JSON.parse(printed(new ConsoleLogger({ json: true, colors: false }))) as { message: unknown };
    expect(entry.message).toEqual({
      message: 'Recovered',
      key: 'installation/a/location/b',
      rung: 'refresh',
      attempts: 2,
    });
  });

  it('is both for a logger of the host’s own', () => {
    const seen: unknown[] = [];
    const note = (entry: unknown): void => void seen.push(entry);
    printed({ log: note, warn: note, error: note });
    expect(`${String(seen[0])}`).toBe('Recovered key=installation/a/location/b rung=refresh attempts=2');
    expect({ ...(seen[0] as object) }).toMatchObject({ message: 'Recovered', rung: 'refresh' });
  });
});
