import fc from 'fast-check';
import type { FaultAction } from '../../../../lib/testing/simulator/faults/fault.js';
import { of, oneOf, type Weighted } from './choices.js';
import { Step } from './step.js';

const S = 1_000;
const HOUR = 3_600 * S;
const CLIENT_CALLS = /^\/oauth\/(token|reconnect)$/;

/** What HighLevel does to one call. */
const ACTIONS: readonly (readonly [says: string, action: FaultAction])[] = [
  ['lose the answer', { kind: 'lost' }],
  ['lose the answer', { kind: 'lost' }],
  ['break off before anything is done', { kind: 'reset' }],
  ['get no answer', { kind: 'hang' }],
  ['get no answer, though it is done', { kind: 'hang', handled: true }],
  ['find no connection', { kind: 'refused' }],
  ['break off in the middle of the answer', { kind: 'truncated', handled: true }],
  ['get a page of HTML in place of the answer', { kind: 'html', handled: true }],
  ['get 500', { status: 500 }],
  ['get 503, though it is done', { status: 503, handled: true }],
  ['get 429', { status: 429 }],
  ['get 429 with Retry-After: 90', { retryAfter: 90 }],
  ['get 418', { status: 418 }],
  ['take 3 s', { delayMs: 3 * S }],
  ['take 9 s', { delayMs: 9 * S }],
  ['take 15 s', { delayMs: 15 * S }],
];

/** What goes wrong between the backend and HighLevel. */
const LINE_STEPS: readonly Weighted[] = [
  {
    weight: 24,
    arbitrary: fc.record({ what: oneOf(...ACTIONS), times: oneOf(1, 2, 4), path: oneOf('oauth', '/oauth/token') }).map(
      ({ what: [says, action], times, path }) =>
        new Step(`calls that ${says}`, {
          says: () => `the next ${times} calls of ${path} will ${says}`,
          does: ({ simulator }) => void simulator.fault({ match: { path }, times, do: action }),
        }),
    ),
  },
  {
    weight: 4,
    arbitrary: oneOf(3 * S, 9 * S, 12 * S, 45 * S).map(
      (ms) =>
        new Step('request late', {
          says: () => `the next request will arrive ${ms / S} s late`,
          does: ({ network }) => void network.tricks.push({ kind: 'late', ms, answer: 'first' }),
        }),
    ),
  },
  {
    weight: 3,
    arbitrary: oneOf('first', 'second').map(
      (answer) =>
        new Step('answer twice', {
          says: () => `the next request will arrive twice, and the ${answer} answer comes back`,
          does: ({ network }) => void network.tricks.push({ kind: 'twice', ms: 0, answer }),
        }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({ status: oneOf(503, 429), hours: oneOf(0.25, 1) }).map(
      ({ status, hours }) =>
        new Step(`${status} for long`, {
          says: () => `HighLevel answers ${status} for ${hours} h`,
          does: ({ simulator }) => {
            const until = simulator.now() + hours * HOUR;
            const when = (): boolean => simulator.now() < until;
            simulator.fault({ match: { path: 'oauth', when }, times: 'forever', do: { status } });
          },
        }),
    ),
  },
];

/** What HighLevel does to the app and to its places. */
const DECREE_STEPS: readonly Weighted[] = [
  {
    weight: 4,
    arbitrary: of.map(
      (of) =>
        new Step('place inactive', {
          says: () => `HighLevel calls ${of} not active`,
          when: ({ inactive }) => !inactive.has(of),
          does: ({ simulator, inactive, cast }) => {
            inactive.add(of);
            simulator.deactivate(cast(of).ref);
          },
        }),
    ),
  },
  {
    weight: 8,
    arbitrary: of.map(
      (of) =>
        new Step('place active again', {
          says: () => `HighLevel calls ${of} active again`,
          when: ({ inactive }) => inactive.has(of),
          does: ({ simulator, inactive, cast }) => {
            inactive.delete(of);
            simulator.activate(cast(of).ref);
          },
        }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constant(
      new Step('Reconnect removed', {
        says: () => 'HighLevel removes Reconnect',
        when: ({ simulator }) => simulator.settings.reconnect.mode === 'available',
        does: ({ simulator }) => simulator.setReconnect('removed'),
      }),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.constant(
      new Step('Reconnect back', {
        says: () => 'HighLevel brings Reconnect back',
        when: ({ given, simulator }) => given.hasReconnect && simulator.settings.reconnect.mode === 'removed',
        does: ({ simulator }) => simulator.setReconnect('available'),
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constant(
      new Step('client secret refused', {
        says: () => 'HighLevel refuses the client secret',
        when: ({ outages }) => !outages.has('client'),
        does: ({ simulator, outages }) =>
          void outages.set('client', simulator.outage({ answer: 'clientRejected' }, { path: CLIENT_CALLS })),
      }),
    ),
  },
  {
    weight: 8,
    arbitrary: fc.constant(
      new Step('client secret accepted again', {
        says: () => 'HighLevel accepts the client secret again',
        when: ({ outages }) => outages.has('client'),
        does: ({ outages }) => {
          outages.get('client')?.end();
          outages.delete('client');
        },
      }),
    ),
  },
];

/** What people do to the app's key pair. */
const SECRET_STEPS: readonly Weighted[] = [
  {
    weight: 3,
    arbitrary: fc.boolean().map(
      (keepOld) =>
        new Step('client secret replaced', {
          says: () => `the client secret is replaced, and the old one ${keepOld ? 'goes on working' : 'is refused'}`,
          does: ({ app }) => void app.rotateSecret(app.client.clientId, { keepOld }),
        }),
    ),
  },
];

/** What happens to tokens at HighLevel. */
const TOKEN_STEPS: readonly Weighted[] = [
  {
    weight: 4,
    arbitrary: of.map(
      (of) =>
        new Step('access token dead', {
          says: () => `the access token of ${of} dies before its time`,
          does: ({ simulator, cast }) => simulator.killAccessToken(cast(of).ref),
        }),
    ),
  },
  {
    weight: 1,
    arbitrary: of.map(
      (of) =>
        new Step('all tokens dead', {
          says: () => `every token of ${of} dies`,
          does: ({ simulator, cast }) => simulator.invalidateAll(cast(of).ref),
        }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      new Step('incident', {
        says: () => 'every token of every place dies',
        does: ({ simulator }) => simulator.invalidateAll(),
      }),
    ),
  },
];

/** What happens at HighLevel, and on the way to it. */
export const HIGHLEVEL_STEPS: readonly Weighted[] = [...LINE_STEPS, ...DECREE_STEPS, ...SECRET_STEPS, ...TOKEN_STEPS];
