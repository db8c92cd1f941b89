import type { Evidence } from '../evidence.js';

/**
 * Rule 7, its second half: a token of one installation never serves another.
 *
 * Its first half, to which hosts a token goes, needs real requests: `integration/http/token-stays-home.test.ts`.
 */
export function rule07OwnTokensOnly({ chronicle, world }: Evidence): string[] {
  const handedOut = chronicle.asked.flatMap(({ cast, member, settled }) => {
    if (settled?.token === undefined || cast === null) return [];
    const place = world.simulator.describeToken(settled.token)?.place;
    return place === cast.placeKey ? [] : [`${member.name} handed out a token of ${place} for ${cast.name}`];
  });
  const used = chronicle.calls.flatMap(({ entry, member, cast }) => {
    if (entry?.presented.some((id) => id.startsWith('foreign#'))) return [`${member.name} made a token up`];
    if (entry?.endpoint !== 'mint' || cast === undefined) return [];
    const isOwn = entry.bearerPlace === world.cast('agency').placeKey && entry.place === cast.placeKey;
    return isOwn ? [] : [`${member.name} minted ${entry.place} with a token of ${entry.bearerPlace}`];
  });
  return [...handedOut, ...used];
}
