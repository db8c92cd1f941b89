import type {
  ClassProvider,
  ExistingProvider,
  FactoryProvider,
  InjectionToken,
  ModuleMetadata,
  Type,
  ValueProvider,
} from '@nestjs/common';
import type { ClientsProvider } from '../config/clients-provider.js';
import type { GhlAuthOptions } from '../config/ghl-auth-options.js';
import type { HighLevelTransport } from '../highlevel/transport.js';
import type { InstallationDirectory } from '../recovery/directory.js';
import type { GhlAuthListener } from '../recovery/teller.js';
import type { GhlAuthEmergencySink } from '../storage/emergency-sink.js';
import type { SealingKeyProvider } from '../sealing/host-keys.js';
import type { GhlAuthRepository } from '../storage/ghl-auth.repository.js';
import type { Clock } from '../time/clock.js';

/** A Nest provider without its `provide`: `{ useExisting }`, `{ useClass }`, `{ useValue }` or `{ useFactory, inject }`. */
export type ProviderOf<T> =
  | Omit<ExistingProvider<T>, 'provide'>
  | Omit<ClassProvider<T>, 'provide'>
  | Omit<ValueProvider<T>, 'provide'>
  | Omit<FactoryProvider<T>, 'provide'>;

/** The providers and the structure of a registration, which stand beside the options. */
export interface GhlAuthModuleStructure {
  /**
   * Where records are stored. Required: nothing is kept in memory unless that is asked for by name (`InMemoryRepository`).
   *
   * Prefer `{ useExisting: YourRepository }` with `imports: [the module that exports it]`. An instance that is a provider
   * elsewhere and is handed in with `useValue` or `useFactory` too has its lifecycle hooks called twice by Nest.
   */
  readonly repository: ProviderOf<GhlAuthRepository>;
  /**
   * The host's list of who has installed the app: the proof needed before an installation that the store does not know
   * is recovered. @default none: what the store does not know stays unknown
   */
  readonly directory?: ProviderOf<InstallationDirectory>;
  /**
   * The host's source of the app's key pairs, such as a secret manager, in place of option `clients`: asked when the application
   * starts, and again when HighLevel refuses a secret. @default none: option `clients`, or the environment
   */
  readonly clientsProvider?: ProviderOf<ClientsProvider>;
  /** Is told of every change of an installation's state, at least once. @default none: changes are on `TokenService.changes$` only */
  readonly listener?: ProviderOf<GhlAuthListener>;
  /**
   * Where new tokens that the repository does not take are kept as well, so that they outlive the process, such as a
   * `FileEmergencySink`. @default none: they are held in memory until the repository takes them
   */
  readonly emergencySink?: ProviderOf<GhlAuthEmergencySink>;
  /**
   * Whether changes are emitted on the host's `EventEmitterModule` of `@nestjs/event-emitter` too: `ghl-auth.installation-changed`, and
   * `ghl-auth.installation.<state>`; with a name, `ghl-auth.<name>.…`. For watching only; to be told reliably provide a listener.
   * @default false
   */
  readonly emitEvents?: boolean;
  /** Keeps the keys that tokens are sealed with, such as a KMS. Its present key seals; those of option `sealing.keys` open only then. @default the keys of the options */
  readonly sealingKeys?: ProviderOf<SealingKeyProvider>;
  /** Carries the OAuth calls to HighLevel. For tests. @default an axios of its own, with no interceptors and defaults of the host's */
  readonly transport?: ProviderOf<HighLevelTransport>;
  /** The time. For tests. @default the machine's clock */
  readonly clock?: ProviderOf<Clock>;
  /** Modules that export what the providers above, and `inject`, need. */
  readonly imports?: ModuleMetadata['imports'];
  /**
   * Tells several registrations (one for each app) apart: inject with `@InjectTokenService(name)` and its like.
   * @default none: injected by class
   */
  readonly name?: string;
  /**
   * Whether the services can be injected everywhere without importing the module.
   * @default false
   */
  readonly isGlobal?: boolean;
}

/** What {@link GhlAuthModule.forRoot} takes: structure and options in one object. */
export type GhlAuthModuleOptions = GhlAuthModuleStructure & GhlAuthOptions;

/** A provider of options, for {@link GhlAuthModule.forRootAsync} with `useClass` or `useExisting`. */
export interface GhlAuthOptionsFactory {
  /** Makes the options, as `useFactory` does. Called once, when the application starts. */
  createGhlAuthOptions(): GhlAuthOptions | Promise<GhlAuthOptions>;
}

/** What {@link GhlAuthModule.forRootAsync} takes: structure, and one of `useFactory`, `useClass` and `useExisting` for the options. */
export interface GhlAuthModuleAsyncOptions extends GhlAuthModuleStructure {
  /** What the factory is called with. */
  readonly inject?: FactoryProvider['inject'];
  /** Makes the options, and nothing of the structure. What it leaves out comes from the environment and the defaults. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a typed factory would not be assignable to unknown[]
  readonly useFactory?: (...args: any[]) => GhlAuthOptions | Promise<GhlAuthOptions>;
  /** A class that makes the options; it is made for this registration, with what `imports` export. */
  readonly useClass?: Type<GhlAuthOptionsFactory>;
  /** The token of a provider that makes the options; a module among `imports` exports it. */
  readonly useExisting?: InjectionToken<GhlAuthOptionsFactory>;
}
