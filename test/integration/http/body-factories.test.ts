import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import axios from 'axios';
import axiosRetry from 'axios-retry';
import FormDataPackage from 'form-data';
import { Backend, eventually } from '../../support/backend.js';

const BINARY = { 'content-type': 'application/octet-stream' };

let backend: Backend;

beforeAll(async () => (backend = await Backend.start()));
afterAll(() => backend.close());

const bodies = (from: number) =>
  backend.arrived.slice(from).flatMap(({ path, body }) => (path === '/echo' ? [body.toString()] : []));

describe('a way to make the body again', () => {
  const post = async (body: () => unknown, data: unknown = Readable.from(['abc'])) => {
    const { locationId } = await backend.locationWithDeadToken();
    const before = backend.arrived.length;
    const sending = backend.axios.post('/echo', data, { ghl: { installation: { locationId }, body }, headers: BINARY });
    return { sending, arrived: () => bodies(before), locationId };
  };

  it('may take its time', async () => {
    const { sending, arrived } = await post(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return Readable.from(['abc']);
    });
    await expect(sending).resolves.toMatchObject({ status: 200 });
    expect(arrived()).toEqual(['abc', 'abc']);
  });

  it('may make a body of another type', async () => {
    const { sending, arrived } = await post(() => Buffer.from('abc'));
    await expect(sending).resolves.toMatchObject({ status: 200 });
    expect(arrived()).toEqual(['abc', 'abc']);
  });

  it.each<[string, (spent: Readable) => unknown]>([
    ['answers the spent stream', (spent) => spent],
    ['answers nothing', () => undefined],
    ['answers null', () => null],
    ['answers nothing, later', () => Promise.resolve()],
    [
      'answers another stream that has been read',
      async () => {
        const other = Readable.from(['abc']);
        await other.toArray();
        return other;
      },
    ],
  ])('is refused where it %s', async (_, make) => {
    const spent = Readable.from(['abc']);
    const { sending, arrived, locationId } = await post(() => make(spent), spent);
    await expect(sending).rejects.toMatchObject({ code: 'GHL_BODY_NOT_REPLAYABLE', installation: { locationId } });
    expect(arrived()).toEqual(['abc']);
  });

  it('is refused where it answers the spent form', async () => {
    const form = new FormDataPackage();
    form.append('a', 'b');
    const { sending, arrived } = await post(() => form, form);
    await expect(sending).rejects.toMatchObject({ code: 'GHL_BODY_NOT_REPLAYABLE' });
    expect(arrived()).toHaveLength(1);
  });

  it('fails with its own error', async () => {
    const { sending } = await post(() => {
      throw new Error('the file is gone');
    });
    await expect(sending).rejects.toThrow('the file is gone');
  });

  it('replays what axios makes a form of', async () => {
    const { locationId } = await backend.locationWithDeadToken();
    const before = backend.arrived.length;
    const ghl = { installation: { locationId }, body: () => ({ name: 'Ada' }) };
    await expect(backend.axios.postForm('/echo', { name: 'Ada' }, { ghl })).resolves.toMatchObject({ status: 200 });
    const [first = '', again = ''] = bodies(before).map((body) => body.replaceAll(/-{10,}\w+/g, ''));
    expect(first).toContain('name="name"\r\n\r\nAda');
    expect(again).toBe(first);
  });
});

describe('a request that axios-retry sends again', () => {
  const send = (data: unknown, ghl: object, retries = 1) => {
    const own = axios.create({ baseURL: backend.baseUrl });
    axiosRetry(own, { retries, retryDelay: () => 0, retryCondition: () => true });
    backend.interceptor.attach(own, { resolve: () => null });
    const before = backend.arrived.length;
    const sending = own.post('/echo', data, { ghl, headers: BINARY } as object);
    return { sending, arrived: () => bodies(before) };
  };

  it('is refused where its body is spent, instead of arriving empty', async () => {
    const ghl = await backend.location();
    backend.simulator.fault({ match: { path: '/echo' }, do: { status: 503 } });
    const { sending, arrived } = send(Readable.from(['abc']), ghl);
    await expect(sending).rejects.toMatchObject({
      code: 'GHL_BODY_NOT_REPLAYABLE',
      message: expect.stringContaining('The request was sent before: the body of this request is spent'),
    });
    expect(arrived()).toEqual(['abc']);
  });

  it('has its body made anew each time, and once more after a 401', async () => {
    const installation = await backend.locationWithDeadToken();
    let made = 0;
    backend.simulator.fault({ match: { path: '/echo' }, times: 2, do: { status: 503 } });
    const body = () => ((made += 1), Readable.from(['abc']));
    const { sending, arrived } = send(Readable.from(['abc']), { installation, body }, 2);
    await expect(sending).resolves.toMatchObject({ status: 200 });
    expect([arrived(), made]).toEqual([['abc', 'abc', 'abc', 'abc'], 3]);
  });

  it('is refused where ghl.body answers what was sent already', async () => {
    const installation = await backend.location();
    backend.simulator.fault({ match: { path: '/echo' }, do: { status: 503 } });
    const form = new FormDataPackage();
    form.append('a', 'b');
    const { sending, arrived } = send(form, { installation, body: () => form });
    await expect(sending).rejects.toMatchObject({ code: 'GHL_BODY_NOT_REPLAYABLE' });
    expect(arrived()).toHaveLength(1);
  });
});

it('a way to make the body again is not used where the body itself will do', async () => {
  const installation = await backend.location();
  const never = () => {
    throw new Error('not called');
  };
  const ghl = { installation, body: never };
  await expect(backend.axios.post('/echo', Readable.from(['abc']), { ghl })).resolves.toMatchObject({ status: 200 });
});

describe('a stream of the web', () => {
  const streaming = () => new Blob(['abc']).stream();
  const send = async (isDead: boolean, body?: () => unknown) => {
    const { locationId } = isDead ? await backend.locationWithDeadToken() : await backend.location();
    const before = backend.arrived.length;
    const ghl = { installation: { locationId }, ...(body && { body }) };
    const sending = backend.axios.post('/echo', streaming(), { ghl, headers: BINARY, adapter: 'fetch' });
    return { sending, arrived: () => bodies(before) };
  };

  it('arrives whole', async () => {
    const { sending, arrived } = await send(false);
    await expect(sending).resolves.toMatchObject({ status: 200 });
    expect(arrived()).toEqual(['abc']);
  });

  it('is not sent twice', async () => {
    const { sending, arrived } = await send(true);
    await expect(sending).rejects.toMatchObject({ code: 'GHL_BODY_NOT_REPLAYABLE' });
    expect(arrived()).toEqual(['abc']);
  });

  it('is made again', async () => {
    const { sending, arrived } = await send(true, streaming);
    await expect(sending).resolves.toMatchObject({ status: 200 });
    expect(arrived()).toEqual(['abc', 'abc']);
  });
});

describe('a body that breaks off while its request waits for a token', () => {
  const waitingFor = async (end: (body: Readable) => void) => {
    const { locationId } = await backend.location();
    backend.travel(86_400_000);
    const held = backend.hold({ path: '/oauth/token' });
    const body = new Readable({ read: () => undefined });
    const before = backend.arrived.length;
    const sending = backend.axios
      .post('/echo', body, { ghl: { locationId }, headers: BINARY })
      .catch((error: unknown) => error);
    await held.waiting(1);
    end(body);
    const error = await sending;
    held.release();
    await eventually(async () => (await backend.tokens.status({ locationId })).generation === 2);
    return { error, arrived: () => bodies(before) };
  };

  it('rejects the request with its error, and nothing is sent', async () => {
    const { error, arrived } = await waitingFor((body) => body.destroy(new Error('the upload broke off')));
    expect(error).toMatchObject({ isAxiosError: true, message: 'the upload broke off' });
    expect(arrived()).toEqual([]);
  });

  it('rejects the request where it just ends', async () => {
    const { error, arrived } = await waitingFor((body) => body.destroy());
    expect(error).toMatchObject({ code: 'ERR_CANCELED' });
    expect(arrived()).toEqual([]);
  });
});
