import { Agent } from 'node:http';
import { types, inspect } from 'node:util';

const MAX_VISITED = 300_000;

/** The texts of a value without those that cost: what is printed of it, and the stacks, which are made when they are read. */
export function* fewerTextsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  if (typeof value === 'object' && value !== null) yield* textsWithin(value, ['stack']);
}

/** Every text and byte that can be reached from a value by reading properties, and what printing it shows. */
export function* textsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  if (isObject(value)) yield* textsOfObject(value);
}

function* textsOfObject(value: object): Generator<string> {
  yield* textsWithin(value);
  yield inspect(value, { depth: Infinity, showHidden: true, maxStringLength: null, maxArrayLength: null });
  yield printed(() => JSON.stringify(value));
  yield printed(() => (value as { toJSON?: () => unknown }).toJSON?.());
  yield printed(() => (value as { toString(): string }).toString());
}

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' || typeof value === 'function') && value !== null;

function* textsWithin(value: object, except: readonly string[] = []): Generator<string> {
  const seen = new Set<unknown>();
  const open: unknown[] = [value];
  while (open.length > 0 && seen.size < MAX_VISITED) {
    const next = open.pop();
    if (typeof next === 'string') yield next;
    if ((typeof next !== 'object' && typeof next !== 'function') || next === null || seen.has(next)) continue;
    seen.add(next);
    // On an agent hang all requests that are under way, and Node's own properties lead to them. What printing one shows is looked at.
    if (next instanceof Agent) continue;
    if (ArrayBuffer.isView(next)) yield Buffer.from(next.buffer, next.byteOffset, next.byteLength).toString('latin1');
    if (types.isAnyArrayBuffer(next)) yield Buffer.from(next).toString('latin1');
    if (next instanceof Map) open.push(...next.keys(), ...(next.values() as Iterable<unknown>));
    if (next instanceof Set) open.push(...(next as Set<unknown>));
    if (!ArrayBuffer.isView(next))
      for (const key of Reflect.ownKeys(next)) if (!except.includes(key as string)) open.push(key, read(next, key));
  }
}

const read = (target: object, key: string | symbol): unknown => {
  // Deprecated ways to what is found anyway; Node warns of them.
  if (key === '_headers' || key === '_headerNames') return undefined;
  try {
    return (target as Record<string | symbol, unknown>)[key];
  } catch {
    return undefined;
  }
};

const printed = (print: () => unknown): string => {
  try {
    const text = print();
    return typeof text === 'string' ? text : inspect(text, { depth: Infinity, maxStringLength: null });
  } catch {
    return '';
  }
};

/** By which properties one comes from a value to a text that is so, the shortest way; for the message. */
export function wayTo(value: unknown, isSo: (text: string) => boolean): string {
  const open: (readonly [string, unknown])[] = [['', value]];
  const seen = new Set<unknown>();
  for (let step = open.shift(); step !== undefined && seen.size < MAX_VISITED; step = open.shift()) {
    const [way, next] = step;
    if (typeof next === 'string' && isSo(next)) return way;
    if ((typeof next !== 'object' && typeof next !== 'function') || next === null || seen.has(next)) continue;
    seen.add(next);
    if (ArrayBuffer.isView(next)) continue;
    for (const key of Reflect.ownKeys(next)) open.push([`${way}.${String(key)}`, read(next, key)]);
  }
  return '';
}
