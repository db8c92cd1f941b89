import { FaultyRepository } from '../../../support/faulty-repository.js';
import { FaultySink } from '../../../support/faulty-sink.js';
import { SimulatedProcess } from '../../../support/simulated-process.js';
import { Workbench, type Instance, type InstanceOptions } from '../../../support/workbench.js';

const DAY = 86_400_000;
export const FOR_EVER = { times: Number.POSITIVE_INFINITY };

/** One location whose access token has expired, in a world without Reconnect: only its refresh token brings it back. */
export interface Scene {
  readonly bench: Workbench;
  readonly store: FaultyRepository;
  readonly sink: FaultySink;
  readonly process: SimulatedProcess;
  readonly instance: Instance;
  readonly ref: { readonly locationId: string; readonly companyId: string };
  /** Another instance on the same store and sink. */
  another(options?: InstanceOptions): Instance;
  want(from?: Instance): Promise<string>;
  /** What is stored of the location. */
  stored(): ReturnType<Instance['engine']['registry']['find']>;
}

export async function expired(options: InstanceOptions = {}): Promise<Scene> {
  const bench = new Workbench();
  const store = new FaultyRepository(bench.store);
  const sink = new FaultySink();
  const process = new SimulatedProcess();
  const another: Scene['another'] = (more = {}) =>
    bench.instance({ repository: store, emergencySink: sink, ...options, ...more });
  const instance = another({ process });
  const ref = await bench.installed(instance);
  bench.simulator.setReconnect('removed');
  await bench.clock.advance(DAY);
  const reader = bench.instance({ listener: null });
  return {
    bench,
    store,
    sink,
    process,
    instance,
    ref,
    another,
    want: (from = instance) => bench.run(from.tokens.getAccessToken(ref)),
    stored: () => reader.engine.registry.find(reader.engine.keeper.placeOf(ref).key),
  };
}

/** The store fails for everybody from the moment at which HighLevel rotates. */
export function failStoreAtTheCall({ bench, store }: Scene): void {
  let isDone = false;
  const when = (): boolean => {
    if (!isDone) store.fail('before', FOR_EVER);
    isDone = true;
    return false;
  };
  bench.simulator.fault({ match: { path: '/oauth/token', when }, times: 'forever', do: 'lost' });
}

/** A rotated pair that its process could not store; then the process is killed, and the store is back. */
export async function left(options: InstanceOptions = {}): Promise<Scene & { readonly token: string }> {
  const scene = await expired(options);
  failStoreAtTheCall(scene);
  const token = await scene.want();
  await scene.bench.clock.advance(1);
  scene.process.kill();
  // Its lease and the grace are over: to present the spent refresh token again would lose the installation.
  await scene.bench.clock.advance(60_000);
  scene.store.mend();
  return { ...scene, token };
}
