import { parse as parseForm } from 'node:querystring';
import { type Call, refuse } from './call.js';
import type { ParsedRequest, Reply } from './wire.js';

/** The fields of a form or JSON body; `undefined` for any other content type, `'malformed'` for JSON that is none. */
export function readFields(request: ParsedRequest, accepts: { readonly form: boolean }): Call['fields'] {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  const text = textOf(request.body);
  if (type === 'application/x-www-form-urlencoded' && accepts.form) return { ...parseForm(text) };
  if (type !== 'application/json') return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : 'malformed';
  } catch {
    return 'malformed';
  }
}

export function textOf(body: string | Uint8Array | undefined): string {
  if (body === undefined) return '';
  return typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

/** What an endpoint takes: `required` text, `optional` text, or one of a list. */
export type FieldRules = Readonly<Record<string, 'required' | 'optional' | readonly string[]>>;

/** The fields as text, or the 400 or 422 that HighLevel's validation answers. Enums may be absent; check that afterwards. */
export function validated(
  call: Call,
  rules: FieldRules,
):
  | { readonly values: Readonly<Record<string, string>>; readonly refused?: never }
  | { readonly refused: Reply; readonly values?: never } {
  if (call.fields === 'malformed') return { refused: refuse(call, 'malformedJson') };
  const fields = call.fields ?? {};
  const faults: string[] = [];
  for (const name of Object.keys(fields))
    if (!Object.hasOwn(rules, name)) faults.push(`property ${name} should not exist`);
  const values: Record<string, string> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value = fields[name];
    if (Array.isArray(rule)) {
      if (value === undefined) continue;
      if (!rule.includes(value)) faults.push(`${name} must be a valid enum value`);
    } else if (value === undefined) {
      if (rule === 'required') faults.push(`${name} should not be empty`, `${name} must be a string`);
      continue;
    } else if (typeof value !== 'string') faults.push(`${name} must be a string`);
    else if (value === '') faults.push(`${name} should not be empty`);
    if (typeof value === 'string') values[name] = value;
  }
  return faults.length > 0 ? { refused: refuse(call, 'validation', faults) } : { values };
}
