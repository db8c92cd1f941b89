import { describe, expect, it } from '@jest/globals';
import { EmergencyStore } from '../../../lib/storage/emergency-store.js';
import type { BodyCodec } from '../../../lib/storage/body-codec.js';
import { Alarms } from '../../../lib/time/alarms.js';
import { ManualClock } from '../../../lib/testing.js';
import { FaultySink } from '../../support/faulty-sink.js';
import { left } from './support/scene.js';

/** Seals as a test can follow: the context stands in the envelope, and has to be the same at opening. */
const codec: BodyCodec = {
  seal: async (text, { kind, key }) => `sealed:${kind}:${key}:${Buffer.from(text).toString('base64')}`,
  open: async (envelope, { kind, key }) => {
    const bound = `sealed:${kind}:${key}:`;
    if (!envelope.startsWith(bound)) return { problem: 'it belongs to another place' };
    return { text: Buffer.from(envelope.slice(bound.length), 'base64').toString(), credentialId: undefined };
  },
};

const entryOf = async () => {
  const { sink, bench, another, token } = await left();
  const [key, text] = [...sink.entries][0]!;
  return { sink, bench, another, token, key, text, envelope: JSON.parse(text) as Record<string, unknown> };
};

describe('an entry of the emergency sink', () => {
  it('has a key that is fit for the name of a file and says whose it is', async () => {
    const { key } = await entryOf();
    expect(key).toMatch(/^ghl-auth-[A-Za-z0-9]+-[0-9a-f]{32}$/);
    expect(key.length).toBeLessThanOrEqual(128);
  });

  it('has a body that went through the codec of records, bound to its record', async () => {
    const { envelope } = await entryOf();
    const plain = (envelope['body'] as string).slice('plain.1:'.length);
    const sink = new FaultySink();
    const store = new EmergencyStore(sink, codec, new Alarms(new ManualClock()), { appId: 'app', timeoutMs: 1_000 });
    const sinkKey = store.newKey();
    const recordKey = envelope['key'] as string;
    const pair = JSON.parse(plain) as Parameters<typeof store.put>[2];
    await store.put(sinkKey, recordKey, pair);
    const sealed = JSON.parse(sink.entries.get(sinkKey)!) as { body: string };
    expect(sealed.body).toMatch(`sealed:emergency:${recordKey}:`);
    expect(sink.entries.get(sinkKey)).not.toContain(pair.installation.credential!.accessToken);
    expect(await store.get(sinkKey)).toEqual({ recordKey, left: pair });
    sink.entries.set(sinkKey, JSON.stringify({ ...sealed, format: 1, recordFormat: 1, key: `${recordKey}x` }));
    expect(await store.get(sinkKey)).toEqual({ unreadable: 'it belongs to another place' });
  });

  it.each([
    ['of a newer format', (envelope: object) => ({ ...envelope, format: 2 })],
    ['with a record of a newer format', (envelope: object) => ({ ...envelope, recordFormat: 2 })],
    ['in an envelope of a newer codec', (envelope: object) => ({ ...envelope, body: 'sealed.9:…' })],
    ['that was pasted from another record', (envelope: object) => ({ ...envelope, key: 'installation/a/location/b' })],
    ['without a format', (envelope: object) => ({ ...envelope, format: undefined })],
    ['that is no record at all', () => ({})],
  ])('%s is left untouched, and said so once', async (_, change) => {
    const { sink, bench, another, key, envelope } = await entryOf();
    const text = JSON.stringify(change(envelope));
    sink.entries.set(key, text);
    const next = another();
    await bench.clock.advance(20 * 60_000);
    expect([...sink.entries]).toEqual([[key, text]]);
    const said = next.log.filter(({ message }) => message.includes('left untouched'));
    expect(said).toMatchObject([{ level: 'error', fields: { sinkKey: key, problem: expect.any(String) } }]);
    expect(JSON.stringify(said)).not.toContain('eyJ');
  });

  it('of another app is not even read', async () => {
    const { sink, bench, another, key, text } = await entryOf();
    sink.entries.clear();
    const foreign = key.replace(/^ghl-auth-[A-Za-z0-9]+/, 'ghl-auth-anotherApp');
    sink.entries.set(foreign, text).set('somebody-elses-file', 'x');
    another();
    await bench.clock.advance(20 * 60_000);
    expect(sink.calls).not.toContain('get');
    expect([...sink.entries.keys()]).toEqual([foreign, 'somebody-elses-file']);
  });

  it('that is gone when it is read, because another instance was faster, is nobody’s trouble', async () => {
    const { sink, bench, another } = await entryOf();
    const get = sink.get.bind(sink);
    sink.get = async (key) => {
      sink.entries.delete(key);
      return get(key);
    };
    const next = another();
    await bench.clock.advance(1);
    expect(next.log).toEqual([]);
  });

  it.each([
    ['list', 'rows', 'list() answered string instead of an array'],
    ['get', { Body: 'x' }, 'get() answered object instead of a text'],
  ] as const)(
    'of a sink that answers nonsense at %s() stays, and the answer is named',
    async (method, answer, problem) => {
      const { sink, bench, another } = await entryOf();
      Object.assign(sink, { [method]: async () => answer });
      const next = another();
      await bench.clock.advance(1);
      expect(next.log.find(({ level }) => level === 'error')?.fields).toMatchObject({
        error: expect.stringContaining(problem),
      });
      expect(sink.entries.size).toBe(1);
    },
  );
});
