/** What a text belongs to: bound into its envelope, so that it cannot be pasted into another place. */
export interface BodyContext {
  /** What it is: the kind of a record, or whatever else is sealed. */
  readonly kind: string;
  readonly key: string;
  readonly format: number;
}

/** What came of opening an envelope. It stays as it is where it cannot be opened: the problem says why, without showing it. */
export type OpenedBody =
  | {
      readonly text: string;
      /** The id of the credential that was sealed in it; `undefined` where the envelope is not sealed and does not say. */
      readonly credentialId: string | null | undefined;
    }
  | { readonly problem: string; readonly help?: string };

/** Turns a text into what may be stored or leave the process, and back. */
export interface BodyCodec {
  /**
   * @param credentialId the credential whose secrets are in the text, if there is one; bound in as well
   * @throws {GhlAuthError} `GHL_SEALING_FAILED` where the host's key provider does not bring the key
   */
  seal(text: string, context: BodyContext, credentialId?: string | null): Promise<string>;
  /** @throws {GhlAuthError} `GHL_SEALING_FAILED` where the host's key provider does not bring the key */
  open(envelope: string, context: BodyContext): Promise<OpenedBody>;
}
