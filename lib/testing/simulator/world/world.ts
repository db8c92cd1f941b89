import type { Randomness } from '../randomness.js';
import { type SimulatorSettings, type ReconnectMode } from '../settings.js';
import { SimulatedApp, type SimulatedAppOptions } from './apps.js';
import { Installations } from './installations.js';
import { Places } from './places.js';
import { Vault } from './vault.js';
import type { SimulatedWebhook } from './webhook.js';

/** Everything that exists on the simulated HighLevel. */
export class World {
  readonly places: Places;
  readonly vault: Vault;
  readonly installations = new Installations();
  readonly webhooks: SimulatedWebhook[] = [];
  /** Reconnect modes that differ from the setting, by app id and by place. */
  readonly reconnectModes = new Map<string, ReconnectMode>();
  readonly contacts = new Map<string, Map<string, Record<string, unknown>>>();
  private readonly apps = new Map<string, SimulatedApp>();

  constructor(
    readonly settings: SimulatorSettings,
    readonly random: Randomness,
    readonly now: () => number,
  ) {
    this.places = new Places(random);
    this.vault = new Vault(random);
  }

  addApp(options: SimulatedAppOptions = {}): SimulatedApp {
    const app = new SimulatedApp(this.random, (secret) => this.vault.remember(secret), options);
    if (this.apps.has(app.appId)) throw new Error(`The simulator has an app ${app.appId} already`);
    this.apps.set(app.appId, app);
    return app;
  }

  app(appId: string): SimulatedApp {
    const app = this.apps.get(appId);
    if (!app) throw new Error(`The simulator has no app ${appId}: add it with addApp()`);
    return app;
  }

  /** The app that calls leave out where there is only one. */
  onlyApp(): SimulatedApp {
    const [app, second] = this.apps.values();
    if (!app || second) throw new Error(`The simulator has ${app ? 'several apps' : 'no app'}: name one with appId`);
    return app;
  }

  allApps(): readonly SimulatedApp[] {
    return [...this.apps.values()];
  }

  /** The app of a client id, revoked ones included. */
  appOfClient(clientId: string): SimulatedApp | undefined {
    return this.apps.get(clientId.slice(0, 24)) ?? [...this.apps.values()].find((app) => app.has(clientId));
  }
}
