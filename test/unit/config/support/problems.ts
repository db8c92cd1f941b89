import { expect } from '@jest/globals';
import type { GhlAuthOptions } from '../../../../lib/config/ghl-auth-options.js';
import { resolveSettings } from '../../../../lib/config/resolve-settings.js';
import { isGhlAuthError } from '../../../../lib/errors/ghl-auth-error.js';

export const APP_ID = '5f0000000000000000000001';
export const SECRET = 'b0a1c2d3-0000-4000-8000-c0ffee000001';
export const COMPLETE = {
  clients: [{ clientId: `${APP_ID}-abcdefgh`, clientSecret: SECRET }],
  redirectUri: 'https://backend.example.com/oauth/callback',
  scopes: ['contacts.readonly'],
} satisfies GhlAuthOptions;

/** What is wrong with options, line by line. */
export function problemsOf(options: unknown, environment: GhlAuthOptions = {}): string[] {
  try {
    resolveSettings(options as GhlAuthOptions, environment);
  } catch (error) {
    if (!isGhlAuthError(error, 'GHL_CONFIG_INVALID')) throw error;
    expect(error.message).not.toContain(SECRET);
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^ {2}- /, ''));
  }
  return [];
}

/** What is wrong with options that are complete otherwise. */
export const wrong = (options: Record<string, unknown>): string[] => problemsOf({ ...COMPLETE, ...options });
