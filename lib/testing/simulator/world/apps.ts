import { Randomness } from '../randomness.js';

/** A client id with one of its secrets. */
export interface KeyPair {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What an app is made of; everything may be left out. */
export interface SimulatedAppOptions {
  /** 24 hex characters. @default what the client ids of `keyPairs` begin with; random */
  readonly appId?: string;
  /** How many key pairs. @default 1 */
  readonly clients?: number;
  /** Its key pairs, where they are known already: those of a backend's own configuration. @default made up */
  readonly keyPairs?: readonly KeyPair[];
  /** The first is what install flows use unless told otherwise. @default ['https://backend.example.com/oauth/callback'] */
  readonly redirectUris?: readonly string[];
  /** Whom the app is for. @default 'subAccounts' */
  readonly targets?: 'subAccounts' | 'agencies';
  /** What its tokens may do unless an install says otherwise. @default every scope of the simulated API */
  readonly scopes?: readonly string[];
}

/** Every scope that a resource of the simulated API asks for. */
export const ALL_SCOPES = [
  'contacts.readonly',
  'contacts.write',
  'locations.readonly',
  'companies.readonly',
  'oauth.readonly',
  'oauth.write',
] as const;

/** An app of the marketplace with its key pairs. */
export class SimulatedApp {
  readonly appId: string;
  readonly versionId: string;
  readonly targets: 'subAccounts' | 'agencies';
  readonly redirectUris: readonly string[];
  readonly scopes: readonly string[];
  private readonly secretsOf = new Map<string, string[]>();
  private secretsMade = 0;

  constructor(
    private readonly random: Randomness,
    private readonly remember: (secret: string) => void,
    options: SimulatedAppOptions = {},
  ) {
    const { keyPairs } = options;
    this.appId = options.appId ?? keyPairs?.[0]?.clientId.split('-')[0] ?? random.hex(24);
    this.versionId = this.appId;
    this.targets = options.targets ?? 'subAccounts';
    this.redirectUris = options.redirectUris ?? ['https://backend.example.com/oauth/callback'];
    this.scopes = options.scopes ?? ALL_SCOPES;
    for (const pair of keyPairs ?? []) this.addKeyPair(pair);
    for (let i = 0; keyPairs === undefined && i < (options.clients ?? 1); i++) this.addClient();
  }

  /** The key pairs that work now, oldest client id first; of each the newest secret. */
  get clients(): KeyPair[] {
    return [...this.secretsOf].flatMap(([clientId, secrets]) => {
      const clientSecret = secrets.at(-1);
      return clientSecret === undefined ? [] : [{ clientId, clientSecret }];
    });
  }

  /** The first key pair that works. */
  get client(): KeyPair {
    const [first] = this.clients;
    if (!first) throw new Error(`App ${this.appId} of the simulator has no key pair left`);
    return first;
  }

  /** A further key pair. */
  addClient(): KeyPair {
    const clientId = `${this.appId}-${this.random.id(8).toLowerCase()}`;
    this.secretsOf.set(clientId, [this.makeSecret()]);
    return { clientId, clientSecret: this.secretsOf.get(clientId)?.[0] ?? '' };
  }

  /** A further key pair that is known already; of a client id that the app has, its newest secret. */
  addKeyPair({ clientId, clientSecret }: KeyPair): void {
    const secrets = this.secretsOf.get(clientId) ?? [];
    this.remember(clientSecret);
    this.secretsOf.set(clientId, [...secrets.filter((secret) => secret !== clientSecret), clientSecret]);
  }

  /** A new secret for the client id. @param options.keepOld whether the old ones go on working @default false */
  rotateSecret(clientId: string = this.client.clientId, options: { readonly keepOld?: boolean } = {}): KeyPair {
    const secrets = this.secretsOf.get(clientId);
    if (!secrets) throw new Error(`App ${this.appId} of the simulator has no client ${clientId}`);
    const clientSecret = this.makeSecret();
    this.secretsOf.set(clientId, options.keepOld ? [...secrets, clientSecret] : [clientSecret]);
    return { clientId, clientSecret };
  }

  /** Makes a key pair, or one of its secrets, invalid. */
  revoke(clientId: string, clientSecret?: string): void {
    const left = this.secretsOf
      .get(clientId)
      ?.filter((secret) => clientSecret !== undefined && secret !== clientSecret);
    this.secretsOf.set(clientId, left ?? []);
  }

  /** Whether a client id is (or was) one of this app. */
  has(clientId: string): boolean {
    return this.secretsOf.has(clientId);
  }

  accepts(clientId: string, clientSecret: string): boolean {
    return this.secretsOf.get(clientId)?.includes(clientSecret) ?? false;
  }

  private makeSecret(): string {
    // From a source of its own: with one seed, no secret of a simulator is the trace id of another.
    const secret = new Randomness(`${this.random.seed} secret ${this.appId} ${this.secretsMade}`).uuid();
    this.secretsMade += 1;
    this.remember(secret);
    return secret;
  }
}
