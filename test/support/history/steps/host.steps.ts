import fc from 'fast-check';
import { at, of, oneOf, type Weighted } from './choices.js';
import { Step } from './step.js';

const S = 1_000;

/** What the backend does all day. */
export const HOST_STEPS: readonly Weighted[] = [
  {
    weight: 20,
    arbitrary: fc.record({ at, of }).map(
      ({ at, of }) =>
        new Step('token wanted', {
          says: ({ fleet }) => `${fleet.at(at).name}: a token of ${of} is wanted`,
          does: ({ fleet, host, cast }) => host.wantToken(fleet.at(at), cast(of)),
        }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({ at, of, ms: oneOf(1, S, 12 * S) }).map(
      ({ at, of, ms }) =>
        new Step('token wanted, caller gone', {
          says: ({ fleet }) =>
            `${fleet.at(at).name}: a token of ${of} is wanted by a caller who is gone after ${ms} ms`,
          does: ({ fleet, host, cast }) => host.wantToken(fleet.at(at), cast(of), ms),
        }),
    ),
  },
  {
    weight: 8,
    arbitrary: fc.record({ at, of, verdict: oneOf('expired', 'unclear') }).map(
      ({ at, of, verdict }) =>
        new Step('rejection reported', {
          says: ({ fleet }) => `${fleet.at(at).name}: a 401 (${verdict}) on the token of ${of} is reported`,
          does: ({ fleet, host, cast }) => host.reportRejection(fleet.at(at), cast(of), verdict),
        }),
    ),
  },
  {
    weight: 8,
    arbitrary: fc.record({ at, of }).map(
      ({ at, of }) =>
        new Step('rotation on purpose', {
          says: ({ fleet }) => `${fleet.at(at).name}: ${of} is rotated on purpose`,
          does: ({ fleet, host, cast }) => void host.rotate(fleet.at(at), cast(of)),
        }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({ at, of }).map(
      ({ at, of }) =>
        new Step('Reconnect on purpose', {
          says: ({ fleet }) => `${fleet.at(at).name}: ${of} is reconnected on purpose`,
          does: ({ fleet, host, cast }) => host.reconnect(fleet.at(at), cast(of)),
        }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({ at, of: oneOf('salon', 'spa') }).map(
      ({ at, of }) =>
        new Step('minted on purpose', {
          says: ({ fleet }) => `${fleet.at(at).name}: a token of ${of} is minted on purpose`,
          when: ({ cast }) => cast(of).isInstalled,
          does: ({ fleet, host, cast }) => host.mint(fleet.at(at), cast(of)),
        }),
    ),
  },
  {
    weight: 6,
    arbitrary: at.map(
      (at) =>
        new Step('sweep', {
          says: ({ fleet }) => `${fleet.at(at).name}: sweeps`,
          does: ({ fleet, host }) => host.sweep(fleet.at(at)),
        }),
    ),
  },
  {
    weight: 2,
    arbitrary: at.map(
      (at) =>
        new Step('reseal', {
          says: ({ fleet }) => `${fleet.at(at).name}: seals everything with its newest key`,
          when: ({ given }) => given.isSealed,
          does: ({ fleet, host }) => host.reseal(fleet.at(at)),
        }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ at, scope: oneOf('all', 'refresh', 'reconnect'), ms: oneOf(null, 600 * S) }).map(
      ({ at, scope, ms }) =>
        new Step('pause', {
          says: ({ fleet }) => `${fleet.at(at).name}: somebody pauses ${scope}${ms === null ? '' : ` for ${ms / S} s`}`,
          does: ({ fleet, host }) => host.pause(fleet.at(at), scope, ms),
        }),
    ),
  },
  {
    weight: 3,
    arbitrary: at.map(
      (at) =>
        new Step('resume', {
          says: ({ fleet }) => `${fleet.at(at).name}: somebody ends every pause`,
          when: ({ chronicle }) => Object.keys(chronicle.appCommits.at(-1)?.after?.pauses ?? {}).length > 0,
          does: ({ fleet, host }) => host.resume(fleet.at(at)),
        }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ trick: oneOf('throws', 'hangs'), times: fc.integer({ min: 1, max: 3 }) }).map(
      ({ trick, times }) =>
        new Step(`listener ${trick}`, {
          says: () => `the host's listener ${trick} at the next ${times} changes`,
          does: ({ host }) => void host.listenerTricks.push(...Array.from({ length: times }, () => trick)),
        }),
    ),
  },
];
