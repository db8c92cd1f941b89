import { describe, expect, it } from '@jest/globals';
import { sealedWith } from '../../../lib/sealing/sealing-codec.js';
import type { BodyContext } from '../../../lib/storage/body-codec.js';
import { codecOf, makeKey } from '../../support/sealing.js';

const K1 = makeKey('k1');
const K2 = makeKey('k2');
const TEXT = JSON.stringify({ accessToken: 'a token', refreshToken: 'another, mit Ümläuten \u{1f511}' });
const RECORD: BodyContext = { kind: 'installation', key: 'installation/app/location/oslo', format: 1 };
const PARTS = ['version', 'key id', 'check', 'credential', 'salt', 'nonce', 'tag', 'ciphertext'] as const;

/** What is wrong with an envelope. */
const problemOf = async (codec: ReturnType<typeof codecOf>, envelope: string, context = RECORD): Promise<string> => {
  const opened = await codec.open(envelope, context);
  return 'problem' in opened ? opened.problem : `opened as ${JSON.stringify(opened)}`;
};

describe('a sealed text', () => {
  it('opens for what it was sealed for, with its credential', async () => {
    const codec = codecOf([K1]);
    for (const text of [TEXT, '', 'x'.repeat(100_000), '\u{feff}with a byte order mark']) {
      const envelope = await codec.seal(text, RECORD, 'credential-1');
      expect(await codec.open(envelope, RECORD)).toEqual({ text, credentialId: 'credential-1' });
    }
    expect(await codec.open(await codec.seal(TEXT, RECORD), RECORD)).toEqual({ text: TEXT, credentialId: null });
  });

  it('shows nothing of the text, and names its key', async () => {
    const envelope = await codecOf([K1]).seal(TEXT, RECORD, 'credential-1');
    expect(envelope).toMatch(/^sealed\.1:k1:[\w-]{8}:[\w-]{16}:[\w-]{22}:[\w-]{16}:[\w-]{22}:[\w-]+$/);
    for (const part of envelope.split(':')) expect(Buffer.from(part, 'base64url').toString()).not.toContain('token');
    expect(sealedWith(envelope)).toBe('k1');
  });

  it('looks different each time, with another salt and nonce', async () => {
    const codec = codecOf([K1]);
    const envelopes = await Promise.all(Array.from({ length: 200 }, () => codec.seal(TEXT, RECORD)));
    for (const part of [4, 5, 6, 7]) {
      expect(new Set(envelopes.map((envelope) => envelope.split(':')[part])).size).toBe(200);
    }
  });

  it('opens with every key that is there, whichever seals', async () => {
    const before = codecOf([K1]);
    const after = codecOf([K2, K1]);
    expect(await after.open(await before.seal(TEXT, RECORD), RECORD)).toMatchObject({ text: TEXT });
    expect(sealedWith(await after.seal(TEXT, RECORD))).toBe('k2');
  });

  it.each([
    ['key', { ...RECORD, key: 'installation/app/location/rome' }],
    ['kind', { ...RECORD, kind: 'app' }],
    ['format', { ...RECORD, format: 2 }],
  ])('does not open for another %s', async (_, elsewhere) => {
    const codec = codecOf([K1]);
    expect(await problemOf(codec, await codec.seal(TEXT, RECORD), elsewhere)).toBe(
      'sealed with the key "k1", it was altered, cut or taken from another record',
    );
  });

  it('does not open under the name of another credential', async () => {
    const codec = codecOf([K1]);
    const parts = (await codec.seal(TEXT, RECORD, 'credential-1')).split(':');
    parts[3] = Buffer.from('credential-2').toString('base64url');
    expect(await problemOf(codec, parts.join(':'))).toMatch(/altered/);
    parts[3] = '';
    expect(await problemOf(codec, parts.join(':'))).toMatch(/altered/);
  });

  it.each(PARTS.map((name, index) => [name, index] as const))(
    'does not open with the %s of another envelope, unless that is the same',
    async (name, index) => {
      const codec = codecOf([K1, K2]);
      const [own, other] = await Promise.all([codec.seal(TEXT, RECORD, 'a'), codecOf([K2, K1]).seal('x', RECORD, 'b')]);
      const parts = own.split(':');
      parts[index] = other.split(':')[index] as string;
      const problem = await problemOf(codec, parts.join(':'));
      if (name === 'version') expect(problem).toMatch(/^opened as/);
      else expect(problem).toMatch(/altered|another key of the id|damaged/);
    },
  );

  it('does not open once a single character of it is another one', async () => {
    const codec = codecOf([K1]);
    const envelope = await codec.seal('short', RECORD, 'c');
    for (let at = 0; at < envelope.length; at += 1) {
      for (const letter of ['A', 'B', 'a', '0', '-', '_', ':', '=', ' ', '\u0000', 'é']) {
        if (letter === envelope[at]) continue;
        const altered = envelope.slice(0, at) + letter + envelope.slice(at + 1);
        expect(await problemOf(codec, altered)).not.toMatch(/^opened as/);
      }
    }
  });

  it('does not open cut at either end, or with anything added', async () => {
    const codec = codecOf([K1]);
    const envelope = await codec.seal('short', RECORD, 'c');
    for (let length = 0; length < envelope.length; length += 1) {
      expect(await problemOf(codec, envelope.slice(0, length))).not.toMatch(/^opened as/);
      expect(await problemOf(codec, envelope.slice(envelope.length - length))).not.toMatch(/^opened as/);
    }
    for (const more of ['A', '=', ':', ' ', '\n']) {
      expect(await problemOf(codec, envelope + more)).not.toMatch(/^opened as/);
      expect(await problemOf(codec, more + envelope)).not.toMatch(/^opened as/);
    }
  });

  it('whose key is not there says which one it is', async () => {
    const envelope = await codecOf([K1]).seal(TEXT, RECORD);
    expect(await codecOf([K2]).open(envelope, RECORD)).toEqual({
      problem: 'it is sealed with the key "k1", which is not there',
      help: expect.stringMatching(/Put the key that it was sealed with back/),
    });
    expect(await problemOf(codecOf([]), envelope)).toBe('it is sealed with the key "k1", which is not there');
  });

  it('tells a wrong key from an altered text', async () => {
    const envelope = await codecOf([K1]).seal(TEXT, RECORD);
    expect(await problemOf(codecOf([{ id: 'k1', key: K2.key }]), envelope)).toBe(
      'it is sealed with another key of the id "k1" than the one that is there',
    );
    const swapped = codecOf([
      { id: 'k1', key: K2.key },
      { id: 'k2', key: K1.key },
    ]);
    expect(await problemOf(swapped, envelope)).toMatch(/another key of the id "k1"/);
  });

  it('of a newer release is named as such', async () => {
    const [, ...rest] = (await codecOf([K1]).seal(TEXT, RECORD)).split(':');
    expect(await problemOf(codecOf([K1]), ['sealed.2', ...rest].join(':'))).toBe(
      'it is in an envelope of another release, "sealed.2"',
    );
    expect(await problemOf(codecOf([K1]), 'plain.2:{}')).toMatch(/"plain.2"/);
  });

  it.each([
    '',
    'sealed.1:',
    'sealed.1',
    '{}',
    'sealed.1:::::::',
    'sealed.1:k1:a:b:c:d:e:f',
    'SEALED.1:k1',
    '__proto__',
  ])('is not read out of %p', async (text) => {
    expect(await problemOf(codecOf([K1]), text)).toMatch(/in no envelope that this release knows|is damaged/);
  });

  it.each(['__proto__', 'constructor', 'toString'])('does not take the name %s for a key', async (id) => {
    const [, , ...rest] = (await codecOf([K1]).seal(TEXT, RECORD)).split(':');
    expect(await problemOf(codecOf([K1]), ['sealed.1', id, ...rest].join(':'))).toMatch(/not there|is damaged/);
  });
});

describe('without a key', () => {
  it('a text is stored as it is, in an envelope that says so', async () => {
    const codec = codecOf([]);
    const envelope = await codec.seal(TEXT, RECORD, 'credential-1');
    expect(envelope).toBe(`plain.1:${TEXT}`);
    expect(sealedWith(envelope)).toBeNull();
    expect(await codec.open(envelope, RECORD)).toEqual({ text: TEXT, credentialId: undefined });
  });

  it('keys that only open seal nothing', async () => {
    const opening = codecOf([K1], { isEnabled: false });
    expect(await opening.seal(TEXT, RECORD)).toBe(`plain.1:${TEXT}`);
    expect(await opening.open(await codecOf([K1]).seal(TEXT, RECORD), RECORD)).toMatchObject({ text: TEXT });
  });
});

describe('a text from before sealing', () => {
  it('opens where there are keys by now', async () => {
    expect(await codecOf([K1]).open(`plain.1:${TEXT}`, RECORD)).toEqual({ text: TEXT, credentialId: undefined });
  });

  it('does not open where unsealed texts are refused', async () => {
    expect(await codecOf([K1], { acceptUnsealed: false }).open(`plain.1:${TEXT}`, RECORD)).toEqual({
      problem: 'it is not sealed, and sealing.acceptUnsealed is false',
      help: expect.stringMatching(/left as it is/),
    });
  });
});
