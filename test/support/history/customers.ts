import type { HighLevelSimulator } from '../../../lib/testing.js';
import { OF_AGENCY, type Cast, type PlaceName } from './cast.js';
import type { Asked } from './chronicle.js';
import type { Host } from './host.js';
import type { Member } from './member.js';

const CLOCKS_DIFFER_MS = 2 * 3_600_000;

/** What customers do on the marketplace, and what the host makes of it. */
export class Customers {
  constructor(
    private readonly simulator: HighLevelSimulator,
    readonly casts: readonly Cast[],
    private readonly host: Host,
  ) {}

  named(name: PlaceName): Cast {
    return this.casts.find((cast) => cast.name === name) as Cast;
  }

  /** Everybody installs the app for the first time. */
  installAll(member: Member): Asked[] {
    const alone = this.casts.filter(({ name }) => !OF_AGENCY.has(name));
    return alone.map((cast) => {
      const { ref } = cast;
      const { code } =
        ref.locationId === undefined
          ? this.simulator.installCompany(ref.companyId, { bulk: true })
          : this.simulator.installLocation(ref.locationId);
      return this.installed(member, cast, code);
    });
  }

  /** Removes the app; the agency takes its locations with it. The host hears of it at once, from a webhook. */
  uninstall(member: Member, cast: Cast): void {
    this.simulator.uninstall(cast.ref);
    const actedAt = this.simulator.now();
    for (const one of this.familyOf(cast))
      if (one.isInstalled) Object.assign(one, { isInstalled: false, isTakenIn: false, actedAt });
    this.hearOfUninstall(member, cast);
  }

  /**
   * Whether the host has taken in what the customer did last, or that was long ago: what is taken in late is told from
   * what came later by the clocks of HighLevel and of instances, which jump by an hour.
   */
  mayAct(cast: Cast): boolean {
    const now = this.simulator.now();
    return this.familyOf(cast).every(({ isTakenIn, actedAt }) => isTakenIn || now - actedAt > CLOCKS_DIFFER_MS);
  }

  /** Installs the app again; of an uninstall before, the host has heard nothing. */
  reinstall(member: Member, cast: Cast): void {
    const { code } = this.simulator.reinstall(cast.ref);
    this.installed(member, cast, code);
  }

  /** Authorizes the app once more where it is installed. */
  authorizeAgain(member: Member, cast: Cast): void {
    const { code } = this.simulator.authorizeAgain(cast.ref);
    Object.assign(cast, { isTakenIn: false, actedAt: this.simulator.now() });
    this.exchange(member, cast, code);
  }

  /** What customers and webhooks would have tried again until the host had taken it in. */
  finish(member: Member): void {
    for (const cast of this.casts) {
      if (cast.isTakenIn) continue;
      if (!cast.isInstalled) this.hearOfUninstall(member, cast);
      else if (!this.isBrought(cast)) this.authorizeAgain(member, cast);
      else if (this.named('agency').isTakenIn) this.hearOfInstall(member, cast);
    }
  }

  private installed(member: Member, cast: Cast, code: string): Asked {
    const actedAt = this.simulator.now();
    for (const one of this.familyOf(cast))
      Object.assign(one, { isInstalled: true, isTakenIn: false, actedAt, isOnItsOwn: OF_AGENCY.has(cast.name) });
    return this.exchange(member, cast, code);
  }

  /** The callback of the authorization page. After the agency's, HighLevel sends INSTALL for each of its locations. */
  private exchange(member: Member, cast: Cast, code: string): Asked {
    return this.host.ask(member, cast, 'authorization', async () => {
      await member.tokens.exchangeCode(code);
      cast.isTakenIn = cast.isInstalled;
      for (const one of this.familyOf(cast))
        if (one.isInstalled && !one.isTakenIn && this.isBrought(one)) this.hearOfInstall(member, one);
    });
  }

  private hearOfInstall(member: Member, cast: Cast): void {
    this.host.mint(member, cast, () => (cast.isTakenIn = cast.isInstalled));
  }

  private hearOfUninstall(member: Member, cast: Cast): void {
    const { actedAt } = cast;
    this.host.ask(member, cast, 'uninstall', async () => {
      // An event that arrives at once is as old as the moment; a later one says when it was.
      await member.tokens.markUninstalled(cast.ref, this.simulator.now() === actedAt ? {} : { at: new Date(actedAt) });
      for (const one of this.familyOf(cast)) if (!one.isInstalled && one.actedAt === actedAt) one.isTakenIn = true;
    });
  }

  private isBrought({ name, isOnItsOwn }: Cast): boolean {
    return OF_AGENCY.has(name) && !isOnItsOwn;
  }

  private familyOf(cast: Cast): readonly Cast[] {
    return cast.name === 'agency' ? [cast, ...this.casts.filter(({ name }) => OF_AGENCY.has(name))] : [cast];
  }
}
