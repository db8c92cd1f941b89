import { Logger } from '@nestjs/common';
import type { AxiosResponse } from 'axios';
import { AuthorizedAdapter } from '../../../lib/http/authorized-adapter.js';
import { EventEmitterBridge } from '../../../lib/module/event-emitter.bridge.js';
import { GhlAuthExceptionFilter } from '../../../lib/module/ghl-auth-exception.filter.js';
import { GhlAuthHealthIndicator } from '../../../lib/module/ghl-auth.health.js';
import { canary } from './canary.js';
import { onCall, onOutcome, replaceOnce } from './tap.js';

for (const level of ['log', 'error', 'warn', 'debug', 'verbose', 'fatal'])
  onCall(Logger, level, (_, line: unknown[]) => canary.look(`Nest's log, ${level}`, line));

// What HighLevel says is for its caller, who may have asked it to repeat a header.
onOutcome(AuthorizedAdapter, 'send', (result) => ({ ...(result as AxiosResponse), data: null }));
onOutcome(GhlAuthHealthIndicator, 'check', (result) => result);
onCall(EventEmitterBridge, 'emit', (_, [, event, change]: unknown[]) => canary.look('event', [event, change]));

interface Answers {
  readonly httpAdapter: {
    setHeader(response: unknown, name: string, value: string): void;
    reply(response: unknown, body: unknown, status: number): void;
  };
}
onCall(GhlAuthExceptionFilter, 'catch', (filter: object) => {
  replaceOnce<Answers>(filter, 'host', ({ httpAdapter }) => ({
    httpAdapter: {
      setHeader: (response, name, value) => {
        canary.look('header of an error page', [name, value]);
        httpAdapter.setHeader(response, name, value);
      },
      reply: (response, body, status) => {
        canary.look('error page', body);
        httpAdapter.reply(response, body, status);
      },
    },
  }));
});
