import { messageOf } from '../../../lib/errors/scrub.js';
import type { InstallationRef } from '../../../lib/installation/installation-ref.js';
import type { Installation } from '../../../lib/installation/installation.js';
import type { Call, Commit } from './chronicle.js';
import type { Evidence } from './evidence.js';

interface Line {
  readonly tick: number;
  readonly at: number;
  readonly text: string;
}

const HOUR = 3_600_000;

/** What somebody reads who wants to understand a history: its steps as a list, then everything that happened, in order. */
export function storyOf(evidence: Evidence, broken: readonly string[]): string {
  const { given, steps } = evidence.world;
  const began = steps[0]?.at ?? 0;
  return [
    `Circumstances: ${JSON.stringify(given)}`,
    'Steps:',
    ...steps.map(({ text, at }, n) => `${String(n + 1).padStart(3)}. ${clockOf(at - began)}  ${text}`),
    'What went wrong:',
    ...broken.map((what) => `  - ${what}`),
    'What happened:',
    ...everything(evidence).map(({ at, text }) => `  ${clockOf(at - began)}  ${text}`),
  ].join('\n');
}

function everything(evidence: Evidence): Line[] {
  const { chronicle, world } = evidence;
  const { healedFrom } = chronicle;
  const lines: Line[] = [
    ...world.steps.map(({ tick, at, text }) => ({ tick, at, text: `* ${text}` })),
    ...chronicle.commits.map((commit) => ({ ...when(commit), text: stored(evidence, commit) })),
    ...chronicle.calls.map((call) => ({ ...when(call), text: `    ${call.member.name} ${called(call)}` })),
    ...chronicle.calls.flatMap(({ member, what, learned, cast, entry }) =>
      learned === null
        ? []
        : [
            {
              ...when(learned),
              text: `    ${member.name} learns of its ${what} of ${cast?.name}: ${learned.isAnswer ? entry?.status : 'no answer'}`,
            },
          ],
    ),
    ...chronicle.asked.flatMap(({ member, what, cast, settled }) =>
      settled?.error === undefined || settled.tick > (healedFrom?.tick ?? 0)
        ? []
        : [
            {
              ...when(settled),
              text: `    ${member.name} answers (${what} ${cast?.name ?? ''}): ${messageOf(settled.error)}`,
            },
          ],
    ),
    ...chronicle.tellings.map(({ tick, at, member, change }) => ({
      tick,
      at,
      text: `    ${member.name} tells the host: ${keyOf(change.installation)} ${change.from} → ${change.to}`,
    })),
    ...(healedFrom === null ? [] : [{ ...healedFrom, text: '* all faults end' }]),
  ];
  return lines.sort((one, other) => one.tick - other.tick);
}

const keyOf = ({ locationId, companyId }: InstallationRef): string => locationId ?? companyId ?? '';

const when = ({ tick, at }: { readonly tick: number; readonly at: number }): { tick: number; at: number } => ({
  tick,
  at,
});

function stored(evidence: Evidence, { key, writer, before, after }: Commit): string {
  const name = evidence.world.casts.find((cast) => cast.key === key)?.name;
  if (after === null) return `    the world drops ${name}`;
  return `    ${writer?.name ?? 'the world'} stores ${name}: ${summary(evidence, after)}${before === null ? ' (new)' : ''}`;
}

function summary(evidence: Evidence, installation: Installation): string {
  const { state, generation, credential, lease, mark, trouble, untold, lacking } = installation;
  const refresh = evidence.refreshTokenIn(installation) ?? 'no refresh token';
  return [
    `${state} #${generation}`,
    credential === null
      ? 'no credential'
      : `${credential.origin} ${refresh}${credential.refreshTokenRefused ? ' refused' : ''}`,
    lease === null ? '' : `lease of ${evidence.ownerOf(lease.id)?.name ?? 'a stranger'}`,
    mark === null ? '' : `mark ×${mark.times}`,
    trouble === null ? '' : trouble.code,
    lacking.length === 0 ? '' : `lacking ${lacking.join(', ')}`,
    untold.length === 0 ? '' : `untold: ${untold.map(({ to }) => to).join(', ')}`,
  ]
    .filter(Boolean)
    .join(', ');
}

function called({ what, cast, presented, entry, isOnPurpose }: Call): string {
  const end =
    entry === null
      ? 'did not arrive'
      : [
          entry.outcome,
          entry.refusal,
          entry.fault && `fault ${entry.fault}`,
          entry.status ?? 'no answer',
          entry.issued.join(' '),
        ]
          .filter(Boolean)
          .join(' ');
  return `calls ${what} ${cast?.name} [${presented ?? ''}] → ${end}${isOnPurpose ? ' (on purpose)' : ''}`;
}

const clockOf = (ms: number): string => {
  const sign = ms < 0 ? '-' : '+';
  const time = new Date(Math.abs(ms) % (24 * HOUR)).toISOString().slice(11, 23);
  const days = Math.floor(Math.abs(ms) / (24 * HOUR));
  return `${sign}${days > 0 ? `${days}d ` : ''}${time}`;
};
