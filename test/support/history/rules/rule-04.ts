import type { Evidence } from '../evidence.js';
import type { Cast } from '../cast.js';

/**
 * Rule 4: a stored credential never goes backwards; unrelated writes to a record never undo a rotation. Whoever still holds a
 * usable credential when the record is missing or was restored writes it back.
 *
 * Seen whole: that what is held is written back shows in the end, where everything that can be well has to be.
 */
export const rule04NeverBackwards = (evidence: Evidence): string[] =>
  evidence.world.casts.flatMap((cast) => backwards(evidence, cast));

function backwards(evidence: Evidence, cast: Cast): string[] {
  const lastSeen = new Map<string, number>();
  return evidence.commitsOf(cast).flatMap(({ before, after, writer, tick }) => {
    const [was, is] = [before?.credential?.id, after?.credential?.id];
    const seen = is === undefined ? undefined : lastSeen.get(is);
    if (is !== undefined) lastSeen.set(is, tick);
    const isOld = writer !== null && is !== was && seen !== undefined;
    if (!isOld || evidence.wasTouched(cast, seen, tick)) return [];
    return [`${writer.name} put an older credential of ${cast.name} in the place of a newer one`];
  });
}
