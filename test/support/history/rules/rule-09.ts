import type { Evidence } from '../evidence.js';

/**
 * Rule 9: no secret leaves through a log, an error, an event.
 *
 * Metrics, health answers and pages have no place in this model: `integration/http/canary.test.ts`.
 */
export function rule09NoSecrets({ chronicle, world }: Evidence): string[] {
  const shown = [
    ...chronicle.members.flatMap(({ log }) => log.map((line) => JSON.stringify(line))),
    ...chronicle.tellings.map(({ change }) => JSON.stringify(change)),
    ...chronicle.asked.flatMap(({ settled }) => (settled?.error === undefined ? [] : [textOf(settled.error)])),
  ];
  const everything = [...new Set(shown)].join('\n');
  const secrets = world.simulator.secrets().filter((secret) => everything.includes(secret));
  return secrets.map(
    (secret) => `a secret was shown: …${everything.slice(everything.indexOf(secret) - 80).slice(0, 80)}`,
  );
}

/** Whatever of an error could be logged or shown, with what caused it. */
const textOf = (error: unknown): string =>
  error instanceof Error ? `${error.stack}\n${JSON.stringify(error)}\n${textOf(error.cause)}` : String(error);
