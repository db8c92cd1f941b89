import { Inject, type InjectionToken } from '@nestjs/common';
import { GhlAuthInterceptor } from '../http/ghl-auth.interceptor.js';
import { GhlHttpService } from '../http/ghl-http.service.js';
import { ReconnectService } from '../services/reconnect.service.js';
import { SealingService } from '../services/sealing.service.js';
import { TokenService } from '../services/token.service.js';
import { GhlAuthHealthIndicator } from './ghl-auth.health.js';
import { RefreshJob } from './refresh.job.js';

type Face = { readonly name: string };

/** The classes that a registration provides. @internal */
export const FACES = [
  TokenService,
  ReconnectService,
  SealingService,
  GhlHttpService,
  GhlAuthInterceptor,
  GhlAuthHealthIndicator,
  RefreshJob,
] as const;

/** Under what a class of a registration is found: unnamed under the class itself. @internal */
export const namedToken = (face: Face, name: string | undefined): InjectionToken =>
  name === undefined ? (face as InjectionToken) : Symbol.for(`nestjs-ghl-auth.${face.name}.${name}${fixFor(name)}`);

/** Nest shows the token of what it cannot inject: the fix stands in it. */
const fixFor = (name: string): string => ` (import GhlAuthModule.forRoot({ name: '${name}', … }), or check the name)`;

/** What the `TokenService` of the registration with this name is injected by; without a name, the class. */
export const getTokenServiceToken = (name?: string): InjectionToken => namedToken(TokenService, name);
/** What the `ReconnectService` of the registration with this name is injected by. */
export const getReconnectServiceToken = (name?: string): InjectionToken => namedToken(ReconnectService, name);
/** What the `SealingService` of the registration with this name is injected by. */
export const getSealingServiceToken = (name?: string): InjectionToken => namedToken(SealingService, name);
/** What the `GhlHttpService` of the registration with this name is injected by. */
export const getGhlHttpServiceToken = (name?: string): InjectionToken => namedToken(GhlHttpService, name);
/** What the `GhlAuthInterceptor` of the registration with this name is injected by. */
export const getGhlAuthInterceptorToken = (name?: string): InjectionToken => namedToken(GhlAuthInterceptor, name);
/** What the `GhlAuthHealthIndicator` of the registration with this name is injected by. */
export const getGhlAuthHealthIndicatorToken = (name?: string): InjectionToken =>
  namedToken(GhlAuthHealthIndicator, name);
/** What the `RefreshJob` of the registration with this name is injected by. */
export const getRefreshJobToken = (name?: string): InjectionToken => namedToken(RefreshJob, name);

type Decorator = ParameterDecorator & PropertyDecorator;

/** Injects the `TokenService` of the registration with this name. */
export const InjectTokenService = (name?: string): Decorator => Inject(getTokenServiceToken(name));
/** Injects the `ReconnectService` of the registration with this name. */
export const InjectReconnectService = (name?: string): Decorator => Inject(getReconnectServiceToken(name));
/** Injects the `SealingService` of the registration with this name. */
export const InjectSealingService = (name?: string): Decorator => Inject(getSealingServiceToken(name));
/** Injects the `GhlHttpService` of the registration with this name. */
export const InjectGhlHttpService = (name?: string): Decorator => Inject(getGhlHttpServiceToken(name));
/** Injects the `GhlAuthInterceptor` of the registration with this name. */
export const InjectGhlAuthInterceptor = (name?: string): Decorator => Inject(getGhlAuthInterceptorToken(name));
/** Injects the `RefreshJob` of the registration with this name. */
export const InjectRefreshJob = (name?: string): Decorator => Inject(getRefreshJobToken(name));
