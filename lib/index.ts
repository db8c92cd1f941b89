export { GhlAuthModule } from './module/ghl-auth.module.js';
export type {
  GhlAuthModuleAsyncOptions,
  GhlAuthModuleOptions,
  GhlAuthModuleStructure,
  GhlAuthOptionsFactory,
  ProviderOf,
} from './module/module-definition.js';
export {
  getGhlAuthHealthIndicatorToken,
  getGhlAuthInterceptorToken,
  getGhlHttpServiceToken,
  getReconnectServiceToken,
  getRefreshJobToken,
  getSealingServiceToken,
  getTokenServiceToken,
  InjectGhlAuthInterceptor,
  InjectGhlHttpService,
  InjectReconnectService,
  InjectRefreshJob,
  InjectSealingService,
  InjectTokenService,
} from './module/named-tokens.js';
export { GhlAuthHealthIndicator } from './module/ghl-auth.health.js';
export type { GhlAuthHealthResult } from './module/ghl-auth.health.js';
export { GhlAuthExceptionFilter } from './module/ghl-auth-exception.filter.js';
export { readEnvironment } from './config/environment.js';
export type { ClientsProvider } from './config/clients-provider.js';
export type {
  CacheOptions,
  GhlAuthOptions,
  JobOptions,
  LeaseOptions,
  RefreshOptions,
  SealingOptions,
  TimeoutOptions,
} from './config/ghl-auth-options.js';

export { TokenService } from './services/token.service.js';
export type { GetTokenOptions, ImportedTokens, ListQuery } from './services/token.service.js';
export { RefreshJob } from './module/refresh.job.js';
export type { SweepOptions, SweepReport } from './recovery/sweeper.js';
export { ReconnectService } from './services/reconnect.service.js';
export type { PauseStatus, ReconnectResult, RecoveryResult } from './services/reconnect.service.js';

export { SealingService } from './services/sealing.service.js';
export type { ResealOptions, ResealReport } from './sealing/record-sealer.js';
export type { SealingKeyProvider } from './sealing/host-keys.js';
export type { SealingKey } from './sealing/sealing-key.js';

export { GhlHttpService } from './http/ghl-http.service.js';
export type { GhlAxiosCalls, GhlAxiosInstance } from './http/ghl-http.service.js';
export { GhlAuthInterceptor } from './http/ghl-auth.interceptor.js';
export type { AttachOptions } from './http/ghl-auth.interceptor.js';
export type { GhlRequest, GhlRequestConfig, GhlRequestOptions } from './http/ghl-request.js';

export type { InstallationRef } from './installation/installation-ref.js';
export type { AccessCredential, CredentialOrigin, UserType } from './installation/credential.js';
export type {
  InstallationChange,
  InstallationEvent,
  InstallationState,
  InstallationStatus,
  InstallationSummary,
  Rung,
  Trouble,
} from './installation/installation.js';
export type { Mode, PauseScope } from './decision/pause.js';
export type { DirectoryEntry, InstallationDirectory, ListedInstallation } from './recovery/directory.js';
export type * from './jobs/job-types.js';
export type { RecoveryJob } from './jobs/recovery-job.js';
export type { JobReport } from './jobs/report.js';
export type { GhlAuthListener } from './recovery/teller.js';

export type { GhlAuthRecord, GhlAuthRecordQuery, GhlAuthRepository } from './storage/ghl-auth.repository.js';
export type { GhlAuthEmergencySink } from './storage/emergency-sink.js';
export { FileEmergencySink } from './storage/file-emergency-sink.js';
export { InMemoryRepository } from './storage/in-memory.repository.js';

export { GhlAuthError, isGhlAuthError } from './errors/ghl-auth-error.js';
export type { GhlAuthErrorDetails, GhlAuthErrorInstallation } from './errors/ghl-auth-error.js';
export type { GhlAuthErrorCode } from './errors/error-codes.js';

export type { ClientPair } from './highlevel/client-pair.js';
export { TransportError } from './highlevel/transport.js';
export type { HighLevelRequest, HighLevelResponse, HighLevelTransport } from './highlevel/transport.js';
export { systemClock } from './time/clock.js';
export type { Clock } from './time/clock.js';
