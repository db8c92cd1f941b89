export { ManualClock, type ManualClockOptions } from './testing/manual-clock.js';
export { TravellingClock } from './testing/travelling-clock.js';
export {
  ALL_SCOPES,
  type KeyPair,
  type SimulatedApp,
  type SimulatedAppOptions,
} from './testing/simulator/world/apps.js';
export { ANSWERS, type AnswerName, type AnswerTemplate } from './testing/simulator/answers.js';
export type {
  FaultAction,
  FaultHandle,
  FaultKind,
  FaultMatch,
  FaultOptions,
} from './testing/simulator/faults/fault.js';
export { HighLevelSimulator, type SimulatorOptions } from './testing/simulator/high-level-simulator.js';
export type { ApiResource, ApiResourceAnswer, ApiResourceRequest } from './testing/simulator/endpoints/own-resource.js';
export type { Ledger } from './testing/simulator/ledger/ledger.js';
export type { LedgerEndpoint, LedgerEntry, LedgerOutcome } from './testing/simulator/ledger/ledger-entry.js';
export type { LedgerView } from './testing/simulator/ledger/ledger-view.js';
export type { CrossedToken, TwicePresented } from './testing/simulator/ledger/presentations.js';
export type {
  AnswerOverride,
  ApiSettings,
  LimitSettings,
  MintSettings,
  OlderTokens,
  PartialSettings,
  RateLimit,
  ReconnectMode,
  ReconnectSettings,
  SimulatorSettings,
  TokenSettings,
} from './testing/simulator/settings.js';
export type { LostAnswer, SimulatedAnswer, SimulatedRequest } from './testing/simulator/wire.js';
export type { TokenDescription } from './testing/simulator/world/describe-token.js';
export type { UserType } from './installation/credential.js';
export type { SimulatedInstallation } from './testing/simulator/world/installation.js';
export type {
  CompanyInstallOptions,
  InstallOptions,
  InstallResult,
} from './testing/simulator/world/install-options.js';
export type { PlaceKey, PlaceRef, SimulatedCompany, SimulatedLocation } from './testing/simulator/world/place.js';
export type { SimulatedWebhook } from './testing/simulator/world/webhook.js';
export {
  type DeliveryOrder,
  WebhookCourier,
  type WebhookCourierOptions,
} from './testing/simulator/webhooks/webhook-courier.js';
export type {
  SignedWebhook,
  WebhookPublicKeys,
  WebhookSignatures,
} from './testing/simulator/webhooks/webhook-signer.js';
export {
  type RunningSimulator,
  SimulatorServer,
  type SimulatorServerOptions,
  startSimulator,
} from './testing/simulator-server.js';
export { InMemoryNetwork } from './testing/in-memory-network.js';
export type { InMemoryNetworkOptions } from './testing/in-memory-wire.js';
export { SimulatorTransport, type SimulatorTransportOptions } from './testing/simulator-transport.js';
export {
  GhlAuthTestingModule,
  type GhlAuthTestingModuleOptions,
  getGhlAuthTestbedToken,
  InjectGhlAuthTestbed,
} from './testing/testbed/ghl-auth-testing.module.js';
export { GhlAuthTestbed, type GhlAuthTestbedOptions, type OfRegistration } from './testing/testbed/ghl-auth-testbed.js';
export type { OverrideOptions, TestingBuilder } from './testing/testbed/override-parts.js';
export { getGhlAuthPortToken } from './testing/testbed/port-token.js';
export type { PortName } from './module/structure.js';
export { assertLedger, type HasLedger, LedgerAssertions } from './testing/assertions/ledger-assertions.js';
export { LedgerAssertionError } from './testing/assertions/ledger-assertion-error.js';
export * from './testing/contract/index.js';
