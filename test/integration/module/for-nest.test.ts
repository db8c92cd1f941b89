import { Controller, Get, Module, Param, type INestApplication } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import {
  GhlAuthError,
  GhlAuthExceptionFilter,
  GhlAuthHealthIndicator,
  GhlAuthModule,
  InMemoryRepository,
  type GhlAuthErrorCode,
} from '../../../lib/index.js';
import { ERROR_CODES } from '../../../lib/errors/error-codes.js';
import { HighLevelSimulator } from '../../../lib/testing.js';

const simulator = new HighLevelSimulator();
const app = simulator.addApp();
const retryAt = new Date(Date.now() + 90_000);
const reauthorizeUrl = 'https://marketplace.gohighlevel.com/v2/oauth/chooselocation';

@Controller()
class FailingController {
  @Get('/:code')
  fail(@Param('code') code: GhlAuthErrorCode): never {
    const more =
      code === 'GHL_NEEDS_REAUTHORIZATION' ? { reauthorizeUrl } : code === 'GHL_RECOVERY_PENDING' ? { retryAt } : {};
    throw new GhlAuthError(code, 'what happened', more);
  }
}

class BrittleRepository extends InMemoryRepository {
  isDown = false;

  override find(key: string): ReturnType<InMemoryRepository['find']> {
    return this.isDown ? Promise.reject(new Error('connection terminated')) : super.find(key);
  }
}
const repository = new BrittleRepository();

@Module({
  imports: [
    GhlAuthModule.forRoot({
      repository: { useValue: repository },
      clients: app.clients,
      redirectUri: app.redirectUris[0] as string,
      scopes: app.scopes,
      job: { enabled: false },
    }),
  ],
  controllers: [FailingController],
  providers: [{ provide: APP_FILTER, useClass: GhlAuthExceptionFilter }],
})
class AppModule {}

let host: INestApplication;
let base: string;
beforeAll(async () => {
  host = (await Test.createTestingModule({ imports: [AppModule] }).compile()).createNestApplication({ logger: false });
  await host.listen(0, '127.0.0.1');
  base = `http://127.0.0.1:${(host.getHttpServer() as { address(): AddressInfo }).address().port}`;
});
afterAll(() => host.close());

describe('the exception filter', () => {
  const answerTo = async (
    code: string,
  ): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> => {
    const response = await fetch(`${base}/${code}`);
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  };

  it('answers 409 with the link where the customer has to authorize again', async () => {
    const { status, body } = await answerTo('GHL_NEEDS_REAUTHORIZATION');
    expect(status).toBe(409);
    expect(body).toEqual({
      statusCode: 409,
      error: 'GHL_NEEDS_REAUTHORIZATION',
      message: 'what happened',
      reauthorizeUrl,
    });
  });

  it('answers 503 with Retry-After where waiting helps', async () => {
    const { status, headers, body } = await answerTo('GHL_RECOVERY_PENDING');
    expect(status).toBe(503);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(60);
    expect(body['retryAt']).toBe(retryAt.toISOString());
  });

  it.each(Object.keys(ERROR_CODES))('never answers 401, which would log users of the host out: %s', async (code) => {
    const { status, body } = await answerTo(code);
    expect([400, 403, 404, 409, 500, 502, 503]).toContain(status);
    expect(body['error']).toBe(code);
    if (status === 500) expect(body['message']).toBe('Internal server error');
  });
});

describe('the health indicator', () => {
  it('is up while the store answers, and down with the reason while it does not', async () => {
    const health = host.get(GhlAuthHealthIndicator, { strict: false });
    expect(await health.check()).toEqual({ 'ghl-auth': { status: 'up', store: 'up', unsaved: 0 } });
    repository.isDown = true;
    expect(await health.check('highlevel')).toMatchObject({
      highlevel: { status: 'down', store: expect.stringContaining('find()') },
    });
    repository.isDown = false;
  });
});

describe('GhlAuthError', () => {
  it('is recognised by instanceof across copies of the package, as @Catch() needs it', () => {
    const foreign = Object.create(Error.prototype) as object;
    Object.defineProperty(foreign, Symbol.for('nestjs-ghl-auth.error'), { value: true });
    expect(foreign instanceof GhlAuthError).toBe(true);
    expect(new Error('x') instanceof GhlAuthError).toBe(false);
  });

  it("is not taken for a class of the host's own that extends it", () => {
    class OutOfCredit extends GhlAuthError {}
    const plain = new GhlAuthError('GHL_SUSPENDED', 'x');
    expect(plain instanceof OutOfCredit).toBe(false);
    expect(new OutOfCredit('GHL_SUSPENDED', 'x') instanceof OutOfCredit).toBe(true);
    expect(new OutOfCredit('GHL_SUSPENDED', 'x') instanceof GhlAuthError).toBe(true);
  });
});
