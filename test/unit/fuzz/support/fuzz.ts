import { expect } from '@jest/globals';
import fc from 'fast-check';
import { isGhlAuthError } from '../../../../lib/errors/ghl-auth-error.js';

/** Repeat a failed run with the seed that fast-check prints: FUZZ_SEED=… FUZZ_RUNS=… npm run test:fuzz */
const seed = Number(process.env['FUZZ_SEED'] ?? 20_261_125);
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 150);
export const LIMIT_MS = Math.max(60_000, numRuns * 60);

const inherited = (): string =>
  JSON.stringify(
    [Object.prototype, Array.prototype, Function.prototype].map((one) => Reflect.ownKeys(one).map(String)),
  );
const INHERITED = inherited();

/** Holds a property against generated cases; after each of them, nothing that objects inherit has changed. */
export const holds = <T>(cases: fc.Arbitrary<T>, property: (given: T) => Promise<void>): Promise<void> =>
  fc.assert(
    fc.asyncProperty(cases, async (given) => {
      await property(given);
      expect(inherited()).toBe(INHERITED);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    }),
    { seed, numRuns },
  );

/** What came of a call; any failure but a typed one is a crash. */
export const outcomeOf = async <T>(work: Promise<T>): Promise<{ readonly value: T } | { readonly code: string }> =>
  work.then(
    (value) => ({ value }),
    (error: unknown) => {
      if (!isGhlAuthError(error)) throw error;
      return { code: error.code };
    },
  );

const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'polluted', 'then', 'length', 'toJSON'];
const HOSTILE = ['', '..', '../x', 'a\nb', '\0', '\u202eabc', 'é', '__proto__', 'x'.repeat(70_000), '{"a":1}', 'NaN'];

/** A value that nobody expects. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...HOSTILE),
  fc.constantFrom<unknown>(null, true, 0, -1, 1e308, Number.MAX_SAFE_INTEGER, 0.5, [], {}, { polluted: 1 }),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

interface Change {
  readonly what: 'replace' | 'remove' | 'add' | 'wrap' | 'swap';
  readonly at: number;
  readonly to: number;
  readonly name: string;
  readonly value: unknown;
}

const change: fc.Arbitrary<Change> = fc.record({
  what: fc.constantFrom('replace', 'remove', 'add', 'wrap', 'swap'),
  at: fc.nat(),
  to: fc.nat(),
  name: fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 12 })),
  value: hostile,
});

/** Also `__proto__` becomes a property like others, as it does in JSON. */
const put = (target: object, name: string, value: unknown): void => {
  const own: unknown = structuredClone(value);
  if (Array.isArray(target)) target.push(own);
  else Object.defineProperty(target, name, { value: own, enumerable: true, configurable: true, writable: true });
};

const changed = (right: unknown, { what, at, to, name, value }: Change): unknown => {
  if (typeof right !== 'object' || right === null || what === 'wrap') return [{ data: right }, [right], right][at % 3];
  const names = Object.keys(right);
  const own = (index: number): string => names[index % Math.max(1, names.length)] ?? name;
  const inner: unknown = Object.hasOwn(right, own(at)) ? (right as Record<string, unknown>)[own(at)] : undefined;
  if (typeof inner === 'object' && inner !== null && to % 2 === 0)
    put(right, own(at), changed(inner, { what, at: to, to: at, name, value }));
  else if (what === 'replace') put(right, own(at), value);
  else if (what === 'add') put(right, name, value);
  else if (what === 'remove') Reflect.deleteProperty(right, own(at));
  else if (Object.hasOwn(right, own(to))) put(right, own(at), (right as Record<string, unknown>)[own(to)]);
  return right;
};

/** Something that turns the text of a right object into one that is nearly right. */
export const mangling: fc.Arbitrary<(right: string) => string> = fc
  .tuple(
    fc.array(change, { minLength: 1, maxLength: 4 }),
    fc.option(fc.tuple(fc.nat(), fc.string({ maxLength: 4 })), { freq: 6 }),
  )
  .map(([changes, cut]) => (right) => {
    const text = JSON.stringify(changes.reduce(changed, JSON.parse(right) as unknown)) ?? '';
    if (cut === null) return text;
    const at = cut[0] % (text.length + 1);
    return text.slice(0, at) + cut[1] + text.slice(at + cut[1].length);
  });
