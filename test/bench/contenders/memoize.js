import { memoize } from '@smithy/property-provider';

/** The floor: a memoized provider for each location that looks at the expiry, and does nothing else. */
export async function open({ places = [] }) {
  const expiration = Date.now() + 86_399_000;
  const providers = new Map(
    places.map(({ locationId, accessToken }) => [
      locationId,
      memoize(
        async () => ({ token: accessToken, expiration }),
        (held) => held.expiration - Date.now() < 0,
        (held) => held.expiration !== undefined,
      ),
    ]),
  );
  return { token: async (locationId) => (await providers.get(locationId)()).token, close: () => undefined };
}
