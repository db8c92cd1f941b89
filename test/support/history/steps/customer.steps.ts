import fc from 'fast-check';
import { at, of, type Weighted } from './choices.js';
import { Step } from './step.js';

const chosen = fc.record({ at, of });

/** What customers do. */
export const CUSTOMER_STEPS: readonly Weighted[] = [
  {
    weight: 2,
    arbitrary: chosen.map(
      ({ at, of }) =>
        new Step('uninstall', {
          says: ({ fleet }) => `${of} uninstalls the app, of which ${fleet.at(at).name} hears`,
          when: ({ customers, cast }) => cast(of).isInstalled && customers.mayAct(cast(of)),
          does: ({ customers, fleet, cast }) => customers.uninstall(fleet.at(at), cast(of)),
        }),
    ),
  },
  {
    weight: 3,
    arbitrary: chosen.map(
      ({ at, of }) =>
        new Step(of === 'agency' ? 'bulk reinstall' : 'reinstall', {
          says: ({ fleet }) => `${of} installs the app again, and comes back to ${fleet.at(at).name}`,
          when: ({ customers, cast }) => customers.mayAct(cast(of)),
          does: ({ customers, fleet, cast }) => customers.reinstall(fleet.at(at), cast(of)),
        }),
    ),
  },
  {
    weight: 1,
    arbitrary: chosen.map(
      ({ at, of }) =>
        new Step('authorized again', {
          says: ({ fleet }) => `${of} authorizes the app once more, and comes back to ${fleet.at(at).name}`,
          when: ({ customers, cast }) => cast(of).isInstalled && customers.mayAct(cast(of)),
          does: ({ customers, fleet, cast }) => customers.authorizeAgain(fleet.at(at), cast(of)),
        }),
    ),
  },
];
