import { isGhlAuthError } from '../../../lib/errors/ghl-auth-error.js';
import type { PauseScope } from '../../../lib/decision/pause.js';
import type { InstallationRef } from '../../../lib/installation/installation-ref.js';
import type { DirectoryEntry, InstallationDirectory } from '../../../lib/recovery/directory.js';
import type { GhlAuthListener } from '../../../lib/recovery/teller.js';
import type { Cast } from './cast.js';
import type { Asked } from './chronicle.js';
import type { Member } from './member.js';
import type { Surroundings } from './surroundings.js';

/** What the host's listener does to the next change that it is told. */
export type ListenerTrick = 'throws' | 'hangs';

const NEVER = new Promise<never>(() => undefined);

/** The backend around the module: it asks for tokens, knows its customers, and listens. */
export class Host {
  readonly listenerTricks: ListenerTrick[] = [];
  private readonly open = new Set<Asked>();

  constructor(
    private readonly surroundings: Surroundings,
    private readonly casts: readonly Cast[],
  ) {}

  /** Whom the host believes to have installed the app. */
  readonly directory: InstallationDirectory = {
    find: (ref: InstallationRef): DirectoryEntry | null => {
      const cast = this.casts.find(({ ref: own }) => idOf(own) === idOf(ref));
      return cast?.isInstalled ? { companyId: cast.ref.companyId } : null;
    },
  };

  listenerOf(member: Member): GhlAuthListener {
    return {
      onInstallationChange: async (change) => {
        const { chronicle, clock } = this.surroundings;
        const trick = this.listenerTricks.shift();
        if (trick === 'hangs') await NEVER;
        chronicle.tellings.push({ tick: chronicle.tick(), at: clock.monotonic(), member, change });
        // It failed after it had heard: the change is told again.
        if (trick === 'throws') throw new Error('the host could not take a change in');
      },
    };
  }

  /** Whether somebody waits for this very rung of this place on this instance. */
  isOnPurpose(member: Member, cast: Cast | undefined): boolean {
    return [...this.open].some((asked) => asked.what === 'rung' && asked.member === member && asked.cast === cast);
  }

  /** Whether the instance is taking an authorization in, whose moment it takes from its clock. */
  isExchanging(member: Member): boolean {
    return [...this.open].some((asked) => asked.what === 'authorization' && asked.member === member);
  }

  wantToken(member: Member, cast: Cast, givesUpAfterMs?: number): void {
    const gone = new AbortController();
    if (givesUpAfterMs !== undefined)
      void this.surroundings.clock.sleep(givesUpAfterMs).then(() => gone.abort(new CallerGone()));
    this.ask(member, cast, 'token', () => member.tokens.getAccessToken(cast.ref, { signal: gone.signal }));
  }

  /** The present token was rejected, as a caller who has it says. */
  reportRejection(member: Member, cast: Cast, verdict: 'expired' | 'unclear'): void {
    this.ask(member, cast, 'replacement', async () => {
      const { keeper } = member.engine;
      const credential = await member.tokens.getCredential(cast.ref);
      return (await keeper.afterRejection(keeper.placeOf(cast.ref), credential, verdict))?.token;
    });
  }

  rotate(member: Member, cast: Cast): Asked {
    return this.ask(member, cast, 'rotation', async () => (await member.tokens.refresh(cast.ref)).token);
  }

  reconnect(member: Member, cast: Cast): void {
    this.ask(member, cast, 'rung', async () => (await member.reconnects.reconnect(cast.ref)).credential.token);
  }

  mint(member: Member, cast: Cast, then: () => void = () => undefined): void {
    const { locationId, companyId } = cast.ref;
    if (locationId === undefined || companyId === undefined) return;
    this.ask(member, cast, 'rung', async () => {
      const { token } = await member.tokens.mintLocationToken({ locationId, companyId });
      then();
      return token;
    });
  }

  pause(member: Member, scope: PauseScope, ms: number | null): void {
    const until = ms === null ? {} : { until: new Date(member.engine.clock.now() + ms) };
    this.ask(member, null, 'pause', () => member.reconnects.pause(scope, { reason: 'a drill', ...until }));
  }

  resume(member: Member): void {
    this.ask(member, null, 'pause', () => member.reconnects.resume());
  }

  sweep(member: Member): void {
    this.ask(member, null, 'sweep', () => member.engine.sweeper.run());
  }

  reseal(member: Member): void {
    this.ask(member, null, 'sweep', () => member.engine.sealer().then((sealer) => sealer.reseal()));
  }

  /** Asks something of an instance, without waiting for it. */
  ask(member: Member, cast: Cast | null, what: Asked['what'], work: () => Promise<unknown>): Asked {
    const { chronicle, clock } = this.surroundings;
    const asked: Asked = { tick: chronicle.tick(), at: clock.monotonic(), member, cast, what, settled: null };
    chronicle.asked.push(asked);
    this.open.add(asked);
    const settle = (outcome: { token?: string; error?: unknown }): void => {
      asked.settled = { tick: chronicle.tick(), at: clock.monotonic(), ...outcome };
      this.open.delete(asked);
    };
    work().then(
      (answer) => settle(typeof answer === 'string' ? { token: answer } : {}),
      (error: unknown) => settle({ error }),
    );
    return asked;
  }
}

/** The reason with which a caller goes away. */
export class CallerGone extends Error {}

/** Whether an error is one that callers may be given. */
export const isProperError = (error: unknown): boolean => isGhlAuthError(error) || error instanceof CallerGone;

/** A location is known by its id alone. */
const idOf = ({ locationId, companyId }: InstallationRef): string | undefined => locationId ?? companyId;
