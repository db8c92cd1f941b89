import fc from 'fast-check';
import type { StoreFault } from '../../faulty-repository.js';
import { newId } from '../../../../lib/installation/credential.js';
import { at, of, oneOf, type Weighted } from './choices.js';
import { Step } from './step.js';

/** Mostly the calls around which a pair can be lost. */
const port = oneOf('highlevel', 'save', 'highlevel', 'save', 'find', 'list', 'clock', 'sink.put');
const moment = oneOf('before', 'after');
const crossing = fc.record({ at, port, moment, nth: oneOf(1, 1, 2, 3) });
const storeFault: fc.Arbitrary<StoreFault & string> = oneOf('before', 'after', 'hang', 'hangAfter');
const times = fc.integer({ min: 1, max: 8 });

const SAYS: Readonly<Record<string, string>> = {
  before: 'fail',
  after: 'fail although they were done',
  hang: 'hang',
  hangAfter: 'hang although they were done',
};

/** True at the nth crossing of a port. */
const countdown = (port: string, nth: number): ((crossed: string) => boolean) => {
  let left = nth;
  return (crossed) => crossed === port && (left -= 1) === 0;
};

/** What happens to processes. */
const PROCESS_STEPS: readonly Weighted[] = [
  {
    weight: 2,
    arbitrary: at.map(
      (at) =>
        new Step('crash', {
          says: ({ fleet }) => `${fleet.at(at).name}: is killed`,
          does: ({ fleet }) => fleet.at(at).process.kill(),
        }),
    ),
  },
  {
    weight: 8,
    arbitrary: crossing.map(
      ({ at, port, moment, nth }) =>
        new Step('crash at a crossing', {
          says: ({ fleet }) => `${fleet.at(at).name}: will be killed ${moment} its ${nth}. next crossing of ${port}`,
          does: ({ fleet }) => fleet.at(at).process.killAt(countdown(port, nth), moment),
        }),
    ),
  },
  {
    weight: 1,
    arbitrary: at.map(
      (at) =>
        new Step('stopped', {
          says: ({ fleet }) => `${fleet.at(at).name}: its process is stopped`,
          when: ({ fleet }) => !fleet.at(at).process.isStopped,
          does: ({ fleet }) => fleet.at(at).process.stop(),
        }),
    ),
  },
  {
    weight: 6,
    arbitrary: crossing.map(
      ({ at, port, moment, nth }) =>
        new Step('stopped at a crossing', {
          says: ({ fleet }) => `${fleet.at(at).name}: will be stopped ${moment} its ${nth}. next crossing of ${port}`,
          does: ({ fleet }) => fleet.at(at).process.stopAt(countdown(port, nth), moment),
        }),
    ),
  },
  {
    weight: 14,
    arbitrary: at.map(
      (at) =>
        new Step('woken', {
          says: ({ fleet }) => `${fleet.at(at).name}: its process is woken`,
          when: ({ fleet }) => fleet.at(at).process.isStopped,
          does: ({ fleet }) => fleet.at(at).process.wake(),
        }),
    ),
  },
  {
    weight: 2,
    arbitrary: at.map(
      (at) =>
        new Step('shutdown', {
          says: ({ fleet }) => `${fleet.at(at).name}: shuts down`,
          when: ({ fleet }) => fleet.at(at).closing === null && !fleet.at(at).process.isStopped,
          does: ({ fleet }) => fleet.at(at).close(),
        }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({ at, mode: oneOf('active', 'observe', 'off') }).map(
      ({ at, mode }) =>
        new Step('restart in a mode', {
          says: ({ fleet }) => `${fleet.at(at).name}: shuts down, to be started in mode ${mode}`,
          when: ({ fleet }) => fleet.at(at).closing === null && !fleet.at(at).process.isStopped,
          does: ({ fleet }) => fleet.restart(at, mode),
        }),
    ),
  },
];

/** What happens to the store. */
const STORE_STEPS: readonly Weighted[] = [
  {
    weight: 8,
    arbitrary: fc.record({ at, fault: storeFault, on: oneOf('find', 'save', 'list'), times }).map(
      ({ at, fault, on, times }) =>
        new Step(`store ${fault}`, {
          says: ({ fleet }) => `${fleet.at(at).name}: its next ${times} ${on}() ${SAYS[fault]}`,
          does: ({ fleet }) => fleet.at(at).connection.fail(fault, { on, times }),
        }),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.record({ at, fault: storeFault, times: oneOf(4, 12, 60) }).map(
      ({ at, fault, times }) =>
        new Step('store in trouble after an answer', {
          says: ({ fleet }) =>
            `${fleet.at(at).name}: from HighLevel's next answer on, its next ${times} calls of the store ${SAYS[fault]}`,
          does: ({ fleet }) => {
            const { line, connection } = fleet.at(at);
            line.onAnswer = () => connection.fail(fault, { times });
          },
        }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({ fault: storeFault, times: oneOf(8, 60) }).map(
      ({ fault, times }) =>
        new Step('store in trouble', {
          says: () => `the next ${times} calls of the store ${SAYS[fault]}, of every instance`,
          does: ({ fleet }) => fleet.members.forEach(({ connection }) => connection.fail(fault, { times })),
        }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constant(
      new Step('store well again', {
        says: () => 'the store is well again',
        does: ({ fleet }) => fleet.members.forEach(({ connection }) => connection.mend()),
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: of.map(
      (of) =>
        new Step('record dropped', {
          says: () => `the record of ${of} is deleted`,
          when: ({ store, cast }) => store.current(cast(of).key) !== null,
          does: ({ store, cast }) => store.drop(cast(of).key),
        }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      new Step('table dropped', {
        says: () => 'the table is dropped and made anew',
        does: ({ store }) => store.dropAll(),
      }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constant(
      new Step('backup made', {
        says: () => 'a backup of the store is made',
        does: ({ store, backups }) => void backups.push(store.backup()),
      }),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.nat({ max: 3 }).map(
      (which) =>
        new Step('backup restored', {
          says: ({ backups }) => `backup ${(which % backups.length) + 1} of ${backups.length} is restored`,
          when: ({ backups }) => backups.length > 0,
          does: ({ store, backups }) => store.restore(backups[which % backups.length] ?? []),
        }),
    ),
  },
  {
    weight: 3,
    arbitrary: of.map(
      (of) =>
        new Step('lease lost', {
          says: () => `a process that then dies takes the lease on ${of}`,
          when: ({ store, cast }) => (store.installation(cast(of).key)?.credential ?? null) !== null,
          does: ({ store, cast, simulator }) => store.takeLease(cast(of).key, { id: newId(), at: simulator.now() }),
        }),
    ),
  },
];

/** What happens to the emergency sink. */
const SINK_STEPS: readonly Weighted[] = [
  {
    weight: 1,
    arbitrary: fc.record({ fault: oneOf('throws', 'hangs', 'hangsAfter') }).map(
      ({ fault }) =>
        new Step('sink in trouble', {
          says: () => `the emergency sink ${fault}`,
          when: ({ given }) => given.hasSink,
          does: ({ sink }) => sink.fail(fault),
        }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constant(
      new Step('sink well again', {
        says: () => 'the emergency sink is well again',
        when: ({ given }) => given.hasSink,
        does: ({ sink }) => sink.mend(),
      }),
    ),
  },
];

/** What happens to the machines that the backend runs on. */
export const MACHINE_STEPS: readonly Weighted[] = [...PROCESS_STEPS, ...STORE_STEPS, ...SINK_STEPS];
