import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { FileEmergencySink, TokenService, type GhlAuthModuleOptions } from '../../../lib/index.js';
import { FaultyRepository } from '../../support/faulty-repository.js';
import { eventually } from '../../support/backend.js';
import { Backend } from './support/backend.js';

const DAY = 86_400_000;

let backend: Backend;
let folder: string;
let written: number;

@Injectable()
class HostSink extends FileEmergencySink {
  constructor() {
    super(folder);
  }

  override async put(key: string, text: string): Promise<void> {
    await super.put(key, text);
    written += 1;
  }
}

@Module({ providers: [HostSink], exports: [HostSink] })
class HostModule {}

beforeEach(async () => {
  backend = new Backend();
  written = 0;
  folder = await mkdtemp(join(tmpdir(), 'nestjs-ghl-auth-sink-'));
});
afterEach(async () => {
  await backend.stop();
  await rm(folder, { recursive: true, force: true });
});

const FORMS: Record<string, Pick<GhlAuthModuleOptions, 'emergencySink' | 'imports'>> = {
  useExisting: { emergencySink: { useExisting: HostSink }, imports: [HostModule] },
  useClass: { emergencySink: { useClass: HostSink } },
  useFactory: { emergencySink: { useFactory: () => new HostSink() } },
};

describe.each(Object.keys(FORMS))('an emergency sink with %s', (form) => {
  it('carries a new pair over a restart of the application, while the store fails', async () => {
    const store = new FaultyRepository();
    const options = { ...backend.options, ...FORMS[form], repository: { useValue: store } };
    const first = await backend.start(backend.forRoot(options));
    const ref = await backend.install(first);
    backend.simulator.setReconnect('removed');
    await backend.simulator.clock.advance(DAY);
    store.fail('before', { on: 'save', after: 2, times: Number.POSITIVE_INFINITY });
    const token = await backend.run(first.get(TokenService).getAccessToken(ref));
    await eventually(() => written === 1);
    await backend.stop();
    expect(await readdir(folder)).toHaveLength(1);

    store.mend();
    const next = await backend.start(backend.forRoot(options));
    await eventually(async () => (await readdir(folder)).length === 0);
    expect(await backend.run(next.get(TokenService).getAccessToken(ref))).toBe(token);
    expect(backend.simulator.ledger.rotations()).toHaveLength(1);
  });
});
