/** What the simulator says when it does not do what was asked. `%s` stands for what it is about. */
export interface AnswerTemplate {
  readonly status: number;
  /** The text of the Nest style body `{ statusCode, message, error, traceId }`. */
  readonly message: string;
  /** The OAuth style body. */
  readonly oauth?: { readonly error: string; readonly error_description: string };
  /** In which style integrators have seen it; Nest where there is no other. */
  readonly seenAs?: 'nest' | 'oauth';
  /** Sent as it is, as plain text, in place of any JSON. */
  readonly text?: string;
}

const oauth = (error: string, error_description: string) => ({ error, error_description });
const invalidGrant = (error_description: string) => oauth('invalid_grant', error_description);
const invalidClient = oauth('invalid_client', 'Invalid client credentials!');

/** Every error that the simulator can answer. The names are what tests use; what HighLevel sends is configurable. */
export const ANSWERS = {
  /** Used, expired, killed, or presented with the wrong `user_type`. */
  refreshTokenInvalid: {
    status: 400,
    message: 'Invalid grant: refresh token is invalid',
    oauth: invalidGrant('This refresh token is invalid'),
    seenAs: 'oauth',
  },
  /** Malformed, truncated or never issued; judged before the credentials are. */
  refreshTokenUnknown: {
    status: 400,
    message: 'Invalid refresh token',
    oauth: oauth('invalid_request', 'Invalid refresh token'),
  },
  placeInactive: {
    status: 400,
    message: 'Location is not active',
    oauth: oauth('invalid_request', 'Location is not active'),
  },
  companyInactive: {
    status: 400,
    message: 'Company is not active',
    oauth: oauth('invalid_request', 'Company is not active'),
  },
  /** Unknown client id, wrong or revoked secret, or the key pair of another installation. */
  clientRejected: { status: 401, message: 'Invalid client credentials!', oauth: invalidClient, seenAs: 'oauth' },
  codeInvalid: {
    status: 400,
    message: 'Invalid grant: authorization code is invalid',
    oauth: invalidGrant('Invalid authorization code'),
    seenAs: 'oauth',
  },
  codeUsed: {
    status: 400,
    message: 'Invalid grant: authorization code is invalid',
    oauth: invalidGrant('Authorization code has already been used'),
    seenAs: 'oauth',
  },
  codeExpired: {
    status: 400,
    message: 'Invalid grant: authorization code has expired',
    oauth: invalidGrant('Authorization code has expired'),
    seenAs: 'oauth',
  },
  redirectMismatch: {
    status: 400,
    message: 'Invalid grant: `redirect_uri` is invalid',
    oauth: invalidGrant('Invalid redirect_uri'),
    seenAs: 'oauth',
  },
  missingParameter: {
    status: 400,
    message: 'Missing parameter: %s',
    oauth: oauth('invalid_request', 'Missing parameter: %s'),
  },
  invalidParameter: {
    status: 400,
    message: 'Invalid parameter: %s',
    oauth: oauth('invalid_request', 'Invalid parameter: %s'),
  },
  endpointRemoved: { status: 400, message: 'API endpoint has been removed' },
  reconnectNotInstalled: { status: 400, message: 'The app is not installed here' },
  reconnectClientRejected: { status: 401, message: 'Invalid client credentials!' },
  reconnectWrongPair: { status: 401, message: 'Invalid client credentials!' },
  reconnectBothIds: { status: 400, message: 'Send either locationId or companyId' },
  mintNotInstalled: { status: 400, message: 'The app is not installed on this location' },
  endpointNotInV3: {
    status: 400,
    message: 'Endpoint %s not available in API version v3. This endpoint was removed in version v3.',
  },
  invalidJwt: { status: 401, message: 'Invalid JWT' },
  expiredJwt: { status: 401, message: 'Invalid JWT' },
  accessTokenInvalid: { status: 401, message: 'Invalid token: access token is invalid' },
  scopeMissing: { status: 401, message: 'The token is not authorized for this scope.' },
  wrongAuthClass: {
    status: 401,
    message:
      'This authClass type is not allowed to access this scope. Please use a token of another type or contact support.',
  },
  userTypeMismatch: { status: 401, message: "Token's user type mismatch!" },
  userTypeUnsupported: { status: 401, message: "This token's user type is not yet supported!" },
  versionMissing: { status: 401, message: 'version header was not found.' },
  versionInvalid: { status: 401, message: 'version header is invalid' },
  noLocationAccess: { status: 403, message: 'The token does not have access to this location.' },
  locationNotAccessible: { status: 403, message: 'This location is not accessible from this token!' },
  notFound: { status: 404, message: 'Cannot %s' },
  contactNotFound: { status: 400, message: 'Contact not found' },
  validation: { status: 422, message: '%s' },
  malformedJson: { status: 400, message: 'Unexpected token in JSON at position 0' },
  unexpectedHeader: { status: 400, message: 'Unexpected header: %s' },
  rateLimited: { status: 429, message: 'Too many requests' },
  userAgentMissing: { status: 403, message: 'Forbidden', text: 'error code: 1010' },
} as const satisfies Record<string, AnswerTemplate>;

/** The name of an error answer. */
export type AnswerName = keyof typeof ANSWERS;

/** The texts that HTTP gives to a status. */
export const STATUS_TEXTS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
