import { expect, it } from '@jest/globals';
import { authorizationUrl } from '../../../lib/decision/authorization-url.js';

const query = {
  clientId: '5f-ab',
  redirectUri: 'https://b.example/cb?a=1&b=ü',
  scopes: ['contacts.readonly', 'conversations/message.write'],
};

it.each([
  'https://marketplace.gohighlevel.com',
  'https://marketplace.leadconnectorhq.com/',
  'https://white.label/base//',
])('the link of %s has the path with /v2, and %%20 between scopes', (base) => {
  const link = authorizationUrl(base, query);
  expect(link).toBe(
    `${base.replace(/\/+$/, '')}/v2/oauth/chooselocation?response_type=code` +
      '&redirect_uri=https%3A%2F%2Fb.example%2Fcb%3Fa%3D1%26b%3D%C3%BC&client_id=5f-ab' +
      '&scope=contacts.readonly%20conversations%2Fmessage.write',
  );
});

it('carries the state, and a state of nothing as well', () => {
  expect(new URL(authorizationUrl('https://m.example', { ...query, state: 'a b&c' })).searchParams.get('state')).toBe(
    'a b&c',
  );
  expect(new URL(authorizationUrl('https://m.example', { ...query, state: '' })).searchParams.get('state')).toBe('');
  expect(new URL(authorizationUrl('https://m.example', query)).searchParams.has('state')).toBe(false);
});
