import { describe, expect, it } from '@jest/globals';
import type { SealingOptions } from '../../../lib/config/ghl-auth-options.js';
import { isGhlAuthError } from '../../../lib/errors/ghl-auth-error.js';
import { makeKey } from '../../support/sealing.js';
import { Workbench, type Instance } from '../../support/workbench.js';

const MINUTE = 60_000;
const K1 = makeKey('k1');
const K2 = makeKey('k2');

/** A fleet behind a load balancer: instances are replaced one after the other while all of them serve. */
class Fleet {
  readonly bench = new Workbench();
  readonly errors: unknown[] = [];
  calls = 0;
  private instances: Instance[] = [];
  private refs: { locationId: string }[] = [];
  private killed = 0;

  async start(sealing: SealingOptions, installations = 6): Promise<void> {
    this.instances = [0, 1, 2].map(() => this.instance(sealing));
    for (let made = 0; made < installations; made += 1) await this.install();
  }

  /** Replaces one instance after the other, under load. */
  async deploy(sealing: SealingOptions): Promise<void> {
    for (let at = 0; at < this.instances.length; at += 1) {
      const leaving = this.instances[at] as Instance;
      this.instances[at] = this.instance(sealing);
      await this.load();
      await this.bench.run(leaving.engine.close());
    }
    await this.load();
  }

  /** Runs the pass on one instance while all of them serve. */
  async reseal() {
    const [report] = await Promise.all([
      this.instances[0]?.engine.sealer().then((sealer) => sealer.reseal()),
      this.load(),
    ]);
    return report;
  }

  /** Every instance is asked for every installation; some tokens are dead, some customers are new, and the sweep runs. */
  private async load(): Promise<void> {
    const { bench, refs } = this;
    for (let round = 0; round < 3; round += 1) {
      await bench.clock.advance(2 * MINUTE);
      // Never the same one twice: who loses every new token is left alone for a while.
      bench.simulator.killAccessToken(refs[this.killed++] as { locationId: string });
      await this.install();
      const calls = this.instances.flatMap((instance) => [
        ...refs.map((ref) => this.call(instance, ref)),
        this.noted(() => bench.run(instance.engine.sweeper.run())),
      ]);
      await Promise.all(calls);
    }
  }

  /** A request: with the token at hand, and with a new one where HighLevel has rejected it. */
  private call({ tokens }: Instance, ref: { locationId: string }): Promise<void> {
    return this.noted(async () => {
      this.calls += 1;
      const work = async (token: string): Promise<void> => {
        const isGood = this.bench.simulator.describeToken(token)?.state === 'live';
        if (!isGood) throw Object.assign(new Error('401'), { status: 401 });
      };
      await this.bench.run(tokens.withAccessToken(ref, work, { isRejected: () => true }));
    });
  }

  private async install(): Promise<void> {
    const instance = this.instances[this.refs.length % this.instances.length] as Instance;
    await this.noted(async () => void this.refs.push(await this.bench.installed(instance)));
  }

  private noted(work: () => Promise<unknown>): Promise<void> {
    return work().then(
      () => undefined,
      (error: unknown) => void this.errors.push(isGhlAuthError(error) ? `${error.code}: ${error.message}` : error),
    );
  }

  private instance(sealing: SealingOptions): Instance {
    return this.bench.instance({ options: { sealing } });
  }
}

describe('sealing keys under load, without a failed request,', () => {
  it('are introduced: first to open, then to seal', async () => {
    const fleet = new Fleet();
    await fleet.start({});
    await fleet.deploy({ keys: [K1], enabled: false });
    await fleet.deploy({ keys: [K1] });
    expect(await fleet.reseal()).toMatchObject({ unreadable: 0, remainingWithoutKey: 0, complete: true });
    await fleet.deploy({ keys: [K1], required: true, acceptUnsealed: false });
    expect(fleet.errors).toEqual([]);
    expect(fleet.calls).toBeGreaterThan(500);
  });

  it('are rotated: the new one first opens, then seals, then the rest is resealed, then the old one goes', async () => {
    const fleet = new Fleet();
    await fleet.start({ keys: [K1] });
    await fleet.deploy({ keys: [K1, K2] });
    await fleet.deploy({ keys: [K2, K1] });
    expect(await fleet.reseal()).toMatchObject({ remainingByKeyId: {}, complete: true, unusedKeyIds: ['k1'] });
    await fleet.deploy({ keys: [K2] });
    expect(fleet.errors).toEqual([]);
    expect(fleet.calls).toBeGreaterThan(500);
  });

  it('are given up', async () => {
    const fleet = new Fleet();
    await fleet.start({ keys: [K1] });
    await fleet.deploy({ keys: [K1], enabled: false });
    expect(await fleet.reseal()).toMatchObject({ keyId: null, remainingByKeyId: {}, unusedKeyIds: ['k1'] });
    await fleet.deploy({});
    expect(fleet.errors).toEqual([]);
  });
});

describe('a step that is left out', () => {
  it('fails requests of the instances that do not have the key yet, and nothing is lost', async () => {
    const fleet = new Fleet();
    await fleet.start({ keys: [K1] });
    await fleet.deploy({ keys: [K2, K1] });
    expect(fleet.errors.length).toBeGreaterThan(0);
    for (const error of fleet.errors)
      expect(error).toMatch(/^GHL_RECORD_UNREADABLE: .* the key "k2", which is not there/);
    const failed = fleet.errors.length;
    await fleet.reseal();
    await fleet.deploy({ keys: [K2] });
    expect(fleet.errors).toHaveLength(failed);
  });

  it('fails requests where the old key goes before the rest is resealed, until it is back', async () => {
    const fleet = new Fleet();
    await fleet.start({ keys: [K1] });
    await fleet.deploy({ keys: [K1, K2] });
    await fleet.deploy({ keys: [K2] });
    expect(fleet.errors.length).toBeGreaterThan(0);
    await fleet.deploy({ keys: [K2, K1] });
    const after = fleet.errors.length;
    await fleet.reseal();
    await fleet.deploy({ keys: [K2] });
    expect(fleet.errors).toHaveLength(after);
  });
});
