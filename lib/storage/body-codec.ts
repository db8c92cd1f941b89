/** What a body belongs to: bound into it where it is sealed, so that it cannot be pasted into another record. */
export interface BodyContext {
  readonly kind: string;
  readonly key: string;
}

/** Turns the text of a record's body into what the repository stores, and back. */
export interface BodyCodec {
  seal(text: string, context: BodyContext): Promise<string>;
  /** @returns the text, or `null` where the envelope is unknown or damaged */
  open(envelope: string, context: BodyContext): Promise<string | null>;
}

const PLAIN = 'plain.1:';

/** Bodies as they are, in an envelope that says so: a later release can tell them from sealed ones. */
export const plainBodyCodec: BodyCodec = {
  seal: (text) => Promise.resolve(PLAIN + text),
  open: (envelope) => Promise.resolve(envelope.startsWith(PLAIN) ? envelope.slice(PLAIN.length) : null),
};
