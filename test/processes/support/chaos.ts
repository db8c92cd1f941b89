import { setTimeout as sleep } from 'node:timers/promises';
import type { TestPostgres } from '../../support/postgres.js';
import type { BackendProcess } from './backend-process.js';
import type { Chronicle } from './chronicle.js';
import type { Fleet } from './fleet.js';
import type { HighLevel } from './high-level.js';
import type { Aim, Blow, Moment } from './plan.js';
import { TIMES } from './times.js';

/** What is struck. */
export interface ChaosParts {
  readonly fleet: Fleet;
  readonly highLevel: HighLevel;
  readonly postgres: TestPostgres;
  readonly chronicle: Chronicle;
}

/** An aimed blow falls anyway if its moment does not come. */
const AIM_LIMIT_MS = 2_500;
/** After a cut, until connections that died are given up and a store that failed is tried again. */
const AFTER_CUT_MS = TIMES.queryMs + TIMES.storeMs;

/** Carries a plan out. */
export class Chaos {
  private readonly underWay = new Set<Promise<void>>();
  /** PostgreSQL is restarted once at a time, and a cut waits for the one before it. */
  private database: Promise<void> = Promise.resolve();

  constructor(private readonly parts: ChaosParts) {}

  /** Resolves when every blow has fallen, or the time is up, and everything that was broken works again. */
  async carryOut(plan: readonly Moment[], limitMs: number, onBlow: (blows: number) => void): Promise<void> {
    const until = Date.now() + limitMs;
    let began = Date.now();
    for (const [index, { atMs, blow }] of plan.entries()) {
      await sleep(Math.max(0, began + atMs - Date.now()));
      if (Date.now() > until) break;
      // On a slow machine processes take long to start: without some that work there is nothing to be killed.
      if (blow.do === 'kill') began += await this.parts.fleet.mostlyUp();
      const work = this.strike(blow).finally(() => this.underWay.delete(work));
      this.underWay.add(work);
      onBlow(index + 1);
    }
    await Promise.all(this.underWay);
    this.parts.highLevel.clearFaults();
  }

  private strike(blow: Blow): Promise<void> {
    switch (blow.do) {
      case 'kill':
        return this.hit(blow.slot, blow.aim, (member) => this.kill(member, blow.aim));
      case 'deploy':
        return this.hit(blow.slot, blow.aim, (member) => this.deploy(member));
      case 'stop':
        return this.hit(blow.slot, blow.aim, (member) => this.stop(member, blow.forMs));
      case 'postgres':
        return this.next(() => this.restart(blow));
      case 'cut':
        return this.next(() => this.cut(blow));
      case 'highLevel':
        return this.trouble(blow);
      case 'removeReconnect':
        return this.removeReconnect(blow.forMs);
      case 'deactivate':
        return this.deactivate(blow);
      case 'expire':
      case 'incident':
        return this.takeTokens(blow);
    }
  }

  /** Hits a process at once, or while it is rotating. */
  private async hit(slot: number, aim: Aim, act: (member: BackendProcess) => Promise<void>): Promise<void> {
    const member = this.parts.fleet.near(slot);
    if (member === null) return this.parts.chronicle.count('blow: found nobody');
    if (aim.at === 'rotation') {
      const comes = new Promise<void>((resolve) => this.parts.highLevel.atNextRotation(member.parts.host, resolve));
      await Promise.race([comes.then(() => sleep(aim.afterMs)), member.ended, sleep(AIM_LIMIT_MS)]);
    }
    if (member.isAlive) await act(member);
  }

  private async kill(member: BackendProcess, { at }: Aim): Promise<void> {
    this.parts.chronicle.count('kill');
    if (at === 'rotation') this.parts.chronicle.count('kill: at a rotation');
    member.kill();
    await member.ended;
  }

  private async deploy(member: BackendProcess): Promise<void> {
    this.parts.chronicle.count('deployment');
    await this.parts.fleet.deploy(member);
  }

  private async stop(member: BackendProcess, forMs: number): Promise<void> {
    const { chronicle } = this.parts;
    chronicle.count('stop');
    const end = chronicle.begin('stopped', member.name);
    member.freeze();
    await Promise.race([sleep(forMs), member.ended]);
    member.thaw();
    // What it was waiting for when it was stopped comes to an end late.
    end(500);
  }

  private async restart({ how, downMs }: Blow & { do: 'postgres' }): Promise<void> {
    const { postgres, chronicle } = this.parts;
    chronicle.count(`postgres: ${how}`);
    const end = chronicle.begin('database', '*');
    await postgres.restart(() => sleep(downMs), how === 'crash');
    end(TIMES.storeMs);
  }

  private async cut({ how, slots, forMs }: Blow & { do: 'cut' }): Promise<void> {
    const { fleet, chronicle } = this.parts;
    const members = slots.flatMap((slot) => fleet.at(slot) ?? []);
    chronicle.count(`cut: ${how}`, members.length);
    const end = chronicle.begin('database', ...members.map(({ name }) => name));
    const proxies = members.map(({ parts }) => parts.proxy);
    if (how === 'drop') for (const proxy of proxies) proxy.drop();
    else if (how === 'blackhole') for (const proxy of proxies) proxy.blackhole();
    else await Promise.all(proxies.map((proxy) => proxy.set(how)));
    await sleep(forMs);
    const survivors = members.filter(({ isAlive }) => isAlive);
    await Promise.all(survivors.map(({ parts }) => parts.proxy.set('pass')));
    end(AFTER_CUT_MS);
  }

  private async trouble({ what, fault, path, times, forMs }: Blow & { do: 'highLevel' }): Promise<void> {
    const { highLevel, chronicle } = this.parts;
    const end = chronicle.begin('HighLevel', '*');
    const handle = highLevel.fault({ match: { path }, times, do: fault });
    await sleep(forMs);
    handle.end();
    chronicle.count(`fault: ${what}`, handle.hits);
    end(TIMES.highLevelMs);
  }

  private async removeReconnect(forMs: number): Promise<void> {
    const { simulator } = this.parts.highLevel;
    this.parts.chronicle.count('fault: Reconnect removed for a while');
    const end = this.parts.chronicle.begin('Reconnect removed', '*');
    simulator.setReconnect('removed');
    await sleep(forMs);
    simulator.setReconnect('available');
    end(TIMES.closedRungTryMs);
  }

  private async deactivate({ place: { locationId }, forMs }: Blow & { do: 'deactivate' }): Promise<void> {
    const { simulator } = this.parts.highLevel;
    this.parts.chronicle.count('fault: place inactive for a while');
    const end = this.parts.chronicle.begin('inactive', locationId);
    simulator.deactivate({ locationId });
    await sleep(forMs);
    simulator.activate({ locationId });
    end();
  }

  private async takeTokens(blow: Blow & { do: 'expire' | 'incident' }): Promise<void> {
    const { highLevel, chronicle } = this.parts;
    const places = blow.do === 'expire' ? [blow.place] : blow.places;
    chronicle.count(
      `fault: ${blow.do === 'expire' ? 'access token died early' : 'tokens died in an incident'}`,
      places.length,
    );
    for (const { locationId } of places) {
      if (blow.do === 'expire') highLevel.simulator.killAccessToken({ locationId });
      else highLevel.simulator.invalidateAll({ locationId });
      if (blow.do === 'incident') chronicle.begin('incident', locationId)();
    }
  }

  private next(work: () => Promise<void>): Promise<void> {
    this.database = this.database.then(work);
    return this.database;
  }
}
