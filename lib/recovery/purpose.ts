import type { Demand } from '../decision/demand.js';
import type { Rung } from '../installation/installation.js';

/** What a flight was started for: a demand of callers, or a rung that somebody asked for by name. */
export type Purpose = Demand | { readonly need: 'rung'; readonly rung: Rung; readonly clientId?: string | undefined };

/** Whether a flight that was started for one purpose is just what the other asks for. */
export function fulfils(purpose: Purpose, asked: Purpose): boolean {
  switch (asked.need) {
    case 'usable':
      return purpose.need === 'usable' && purpose.minValidityMs >= asked.minValidityMs;
    case 'renewal':
      return purpose.need === 'renewal';
    case 'rotation':
      return purpose.need === 'rotation' && (purpose.now === true || asked.now !== true);
    case 'replacement':
      // What is worth a recovery for unclear words is worth one for clear ones, not the reverse.
      return (
        purpose.need === 'replacement' &&
        purpose.rejected === asked.rejected &&
        (purpose.verdict === 'expired' || asked.verdict === 'unclear')
      );
    case 'rung':
      return purpose.need === 'rung' && purpose.rung === asked.rung && purpose.clientId === asked.clientId;
  }
}
