/** What cannot be undercut: a token that is awaited, or looked up in a Map and awaited. @param given `isAwaitOnly`: without a look-up */
export async function open({ places, isAwaitOnly = false }) {
  const [{ accessToken }] = places;
  const tokens = new Map(places.map((place) => [place.locationId, place.accessToken]));
  const lookUp = async (ref) => tokens.get(ref.locationId);
  return {
    token: isAwaitOnly ? () => accessToken : (locationId) => lookUp({ locationId }),
    close: () => undefined,
  };
}
