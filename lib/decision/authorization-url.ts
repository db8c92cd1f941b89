/**
 * The page on which a customer installs or authorizes the app again. Blanks between scopes are encoded as `%20`, which HighLevel asks for.
 * @see https://marketplace.gohighlevel.com/docs/Authorization/OAuth2.0
 */
export function authorizationUrl(
  marketplaceUrl: string,
  query: {
    readonly clientId: string;
    readonly redirectUri: string;
    readonly scopes: readonly string[];
    readonly state?: string | undefined;
  },
): string {
  const parameters: (readonly [string, string])[] = [
    ['response_type', 'code'],
    ['redirect_uri', query.redirectUri],
    ['client_id', query.clientId],
    ['scope', query.scopes.join(' ')],
    ...(query.state === undefined ? [] : [['state', query.state] as const]),
  ];
  const text = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return `${marketplaceUrl.replace(/\/+$/, '')}/v2/oauth/chooselocation?${text}`;
}
