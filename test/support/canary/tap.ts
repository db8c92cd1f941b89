import { canary } from './canary.js';

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Methods = Record<string, Method>;

/** What of a result may come out; the access token may, to its caller. */
export type Shown = (result: unknown) => unknown;

/** Does something whenever a method of a class is called, also a private one; the call goes on as it would have. */
export function onCall(
  type: { readonly prototype: object },
  name: string,
  act: (self: never, args: never) => void,
): void {
  const methods = type.prototype as Methods;
  const original = methods[name];
  if (original === undefined) throw new Error(`The canary watches a method that is not there any more: ${name}()`);
  methods[name] = function (...args) {
    act(this as never, args as never);
    return original.apply(this, args);
  };
}

/** Looks at what a method answers, and at how it fails. */
export function onOutcome(
  type: { readonly name: string; readonly prototype: object },
  name: string,
  shown: Shown,
): void {
  const methods = type.prototype as Methods;
  const original = methods[name];
  if (original === undefined) throw new Error(`The canary watches a method that is not there any more: ${name}()`);
  const place = `${type.name}.${name}()`;
  const failed = (error: unknown): void => canary.look(`error of ${place}`, error);
  const answered = (result: unknown): void => canary.look(`answer of ${place}`, shown(result));
  methods[name] = function (...args) {
    let result: unknown;
    try {
      result = original.apply(this, args);
    } catch (error) {
      failed(error);
      throw error;
    }
    if (result instanceof Promise) result.then(answered, failed);
    else answered(result);
    return result;
  };
}

/** Puts something that looks on in the place of what an object holds, once. */
export function replaceOnce<T extends object>(holder: object, field: string, made: (inner: T) => T): void {
  const fields = holder as Record<string, T | undefined>;
  const inner = fields[field];
  if (inner === undefined || replaced.has(inner)) return;
  const outer = made(inner);
  replaced.add(outer);
  fields[field] = outer;
}
const replaced = new WeakSet<object>();
