import { textsOf } from '../../../support/canary/texts-of.js';

const END = 8;

/** A place where a secret shows. */
export interface Leak {
  readonly where: string;
  /** How it shows: in plain, encoded, in part. */
  readonly form: string;
  /** The text around it, for the message of the failing test. */
  readonly around: string;
}

/** What of a base64 text stands for the secret, whatever stood before and after it. */
const base64Forms = (secret: string): string[] =>
  [0, 1, 2].map((offset) => {
    const encoded = Buffer.from(' '.repeat(offset) + secret).toString('base64');
    return encoded.slice(offset === 0 ? 0 : 4, encoded.length - 4);
  });

const formsOf = (secret: string): (readonly [string, string])[] => {
  const json = JSON.stringify(secret).slice(1, -1);
  const forms: (readonly [string, string])[] = [
    ['plain', secret],
    ['URL-encoded', encodeURIComponent(secret)],
    ['JSON', json],
    ['JSON in JSON', JSON.stringify(json).slice(1, -1)],
    ['hex', Buffer.from(secret).toString('hex')],
    ...base64Forms(secret).flatMap((form) => [
      ['base64', form] as const,
      ['base64url', form.replaceAll('+', '-').replaceAll('/', '_')] as const,
    ]),
  ];
  // A text that is cut off shows a part; the first part of all tokens is the same.
  const middle = Math.floor(secret.length / 2);
  if (secret.length > 100) forms.push(['a part', secret.slice(middle, middle + 40)], ['its end', secret.slice(-40)]);
  return forms.filter(([, form], at) => form.length >= END && forms.findIndex(([, other]) => other === form) === at);
};

/** Looks for secrets in anything: log lines, errors with all that hangs on them, events. */
export class SecretSearch {
  /** What is looked for, by how it ends: texts of megabytes are read once, however many secrets there are. */
  private readonly forms = new Map<string, (readonly [string, string])[]>();
  private readonly searched = new Set<string>();
  readonly leaks: Leak[] = [];

  constructor(secrets: Iterable<string>) {
    for (const form of [...new Set(secrets)].flatMap(formsOf)) {
      const end = form[1].slice(-END);
      this.forms.set(end, [...(this.forms.get(end) ?? []), form]);
    }
  }

  /** Looks through a value, and through the causes of an error one by one. */
  through(where: string, value: unknown): this {
    for (const text of textsOf(value)) this.inText(where, text);
    const cause = (value as { cause?: unknown } | null | undefined)?.cause;
    return cause === undefined ? this : this.through(`${where} → cause`, cause);
  }

  private inText(where: string, text: string): void {
    if (text.length < END || this.searched.has(text)) return;
    this.searched.add(text);
    for (let at = END; at <= text.length; at += 1) {
      for (const [form, written] of this.forms.get(text.slice(at - END, at)) ?? []) {
        if (!text.endsWith(written, at)) continue;
        const start = at - written.length;
        const around = `…${text.slice(Math.max(0, start - 80), start)}«${written.slice(0, 12)}…»`;
        this.leaks.push({ where, form, around });
      }
    }
  }
}
