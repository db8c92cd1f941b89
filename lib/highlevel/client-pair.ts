/** A key pair of the app: the token endpoint calls it `client_id`/`client_secret`, Reconnect `clientKey`/`clientSecret`. */
export interface ClientPair {
  /** As the marketplace portal shows it: `<app id>-<suffix>`. */
  readonly clientId: string;
  readonly clientSecret: string;
}
