import { describe, expect, it } from '@jest/globals';
import { SecretSearch } from '../../integration/http/support/secret-search.js';
import { makeKey } from '../../support/sealing.js';
import { left } from './support/scene.js';

describe('what is left in the sink where there is a sealing key', () => {
  it('holds no secret, and is taken back by an instance that has the key', async () => {
    const sealing = { keys: [makeKey('k1')] };
    const { bench, sink, token, another, ref } = await left({ options: { sealing } });
    expect(sink.entries.size).toBe(1);
    const search = new SecretSearch(bench.simulator.secrets()).through('entry', [...sink.entries]);
    expect(search.leaks).toEqual([]);
    const heir = another();
    expect(await bench.run(heir.tokens.getAccessToken(ref))).toBe(token);
    expect(sink.entries.size).toBe(0);
  });

  it('is left as it is by an instance that lacks the key', async () => {
    const { bench, sink, another } = await left({ options: { sealing: { keys: [makeKey('k1')] } } });
    const [before] = sink.entries.values();
    const other = another({ options: { sealing: { keys: [makeKey('k2')] } } });
    await bench.clock.advance(60_000);
    expect([...sink.entries.values()]).toEqual([before]);
    expect(other.log.filter(({ level }) => level === 'error' || level === 'warn')).not.toEqual([]);
  });
});
