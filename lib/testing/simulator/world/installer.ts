import { issuePair } from '../endpoints/issue-pair.js';
import { readAuthorizationLink } from './authorization-page.js';
import type { AuthorizationCode } from './credentials.js';
import type { CompanyInstallOptions, InstallOptions, InstallResult } from './install-options.js';
import type { SimulatedInstallation } from './installation.js';
import { type PlaceRef, placeKey, type SimulatedLocation } from './place.js';
import { installWebhook, type SimulatedWebhook, uninstallWebhook } from './webhook.js';
import type { World } from './world.js';

/** Installs and uninstalls, as a customer does on the marketplace. */
export class Installer {
  constructor(private readonly world: World) {}

  installLocation(location: SimulatedLocation, options: InstallOptions): InstallResult {
    const app = this.appOf(options);
    const key = placeKey({ locationId: location.locationId });
    this.refuseSecondInstall(this.world.installations.installed(app, key));
    return this.finish(
      this.make({ locationId: location.locationId, companyId: location.companyId }, options),
      options,
      [],
    );
  }

  installCompany(companyId: string, options: CompanyInstallOptions): InstallResult {
    const app = this.appOf(options);
    const bulk = options.bulk ?? app.targets === 'subAccounts';
    this.refuseSecondInstall(this.world.installations.installed(app, placeKey({ companyId })));
    const company = this.make({ companyId }, options, bulk, options.futureLocations);
    const ids = options.locations ?? this.world.places.locationsOf(companyId).map((location) => location.locationId);
    const children = ids
      .map((locationId) => this.world.places.addLocation({ locationId, companyId }))
      .filter(({ locationId }) => !this.world.installations.installed(app, placeKey({ locationId })))
      .map(({ locationId }) => this.make({ locationId, companyId }, { ...options, clientId: company.clientId }));
    return this.finish(company, options, children);
  }

  /** A second authorization of an installed place: another code, no event. */
  authorizeAgain(installation: SimulatedInstallation, options: InstallOptions): InstallResult {
    return { ...this.callback(installation, options), installation, webhooks: [] };
  }

  /** What the authorization page does with a link. */
  followLink(link: string, place: PlaceRef): InstallResult {
    const options = readAuthorizationLink(this.world, link);
    const existing = this.world.installations.installed(this.appOf(options), placeKey(place));
    if (existing && !this.world.settings.pageHidesInstalledPlaces) return this.authorizeAgain(existing, options);
    return place.locationId === undefined
      ? this.installCompany(place.companyId, options)
      : this.installLocation(this.world.places.addLocation({ locationId: place.locationId }), options);
  }

  /** A pair for an installation, as if its code had been exchanged. */
  issueTokens(
    installation: SimulatedInstallation,
    clientId = installation.clientId,
  ): { accessToken: string; refreshToken: string } {
    const { code } = this.callback(installation, { clientId });
    const parent = this.world.vault.code(code);
    if (parent) parent.used = true;
    const pair = issuePair(this.world, { installation, clientId, origin: 'code', parent: parent?.id ?? '' });
    return { accessToken: pair.access.value, refreshToken: pair.refresh?.value ?? '' };
  }

  /** A company takes its locations with it. One event for the place named. */
  uninstall(installation: SimulatedInstallation): SimulatedWebhook {
    const family =
      installation.locationId === undefined
        ? this.world.installations.ofCompany(installation.app, installation.companyId)
        : [installation];
    for (const one of family) {
      one.installed = false;
      this.world.vault.kill(one, 'all');
      for (const code of one.codes) code.killed = true;
    }
    const webhook = uninstallWebhook(installation, this.world.now(), this.world.random);
    this.world.webhooks.push(webhook);
    return webhook;
  }

  /** Companies that wanted the app for future locations get it for this one. */
  locationAdded({ locationId, companyId }: SimulatedLocation): void {
    const key = placeKey({ companyId });
    for (const company of this.world.installations.all()) {
      const taken = this.world.installations.installed(company.app, placeKey({ locationId }));
      if (company.place !== key || !company.installed || !company.futureLocations || taken) continue;
      const child = this.make({ locationId, companyId }, { appId: company.app.appId, clientId: company.clientId });
      this.world.webhooks.push(installWebhook(child, undefined, this.world.random));
    }
  }

  private appOf(options: InstallOptions) {
    return options.appId === undefined ? this.world.onlyApp() : this.world.app(options.appId);
  }

  private make(
    ref: PlaceRef & { companyId: string },
    options: InstallOptions,
    isBulk = false,
    futureLocations = false,
  ): SimulatedInstallation {
    const app = this.appOf(options);
    const clientId = options.clientId ?? app.client.clientId;
    if (!app.has(clientId)) throw new Error(`App ${app.appId} of the simulator has no client ${clientId}`);
    const installation: SimulatedInstallation = {
      app,
      place: placeKey(ref),
      companyId: ref.companyId,
      locationId: ref.locationId,
      userType: ref.locationId === undefined ? 'Company' : 'Location',
      clientId,
      scopes: options.scopes ?? app.scopes,
      userId: this.world.random.id(),
      isBulk,
      futureLocations,
      installedAt: this.world.now(),
      planId: options.planId,
      trialDays: options.trialDays,
      installed: true,
      tokens: [],
      codes: [],
    };
    this.world.installations.put(installation);
    return installation;
  }

  private finish(
    installation: SimulatedInstallation,
    options: InstallOptions,
    children: readonly SimulatedInstallation[],
  ): InstallResult {
    const company = this.world.places.addCompany({ companyId: installation.companyId });
    const webhooks = [installation, ...children].map((one) => installWebhook(one, company, this.world.random));
    this.world.webhooks.push(...webhooks);
    return { ...this.callback(installation, options), installation, webhooks };
  }

  private callback(
    installation: SimulatedInstallation,
    options: InstallOptions,
  ): { code: string; callbackUrl: string } {
    const redirectUri = options.redirectUri ?? installation.app.redirectUris[0] ?? '';
    const code: AuthorizationCode = this.world.vault.issueCode({
      origin: 'authorization',
      installation,
      clientId: options.clientId ?? installation.clientId,
      redirectUri,
      codeChallenge: this.world.settings.token.pkce === 'honoured' ? options.codeChallenge : undefined,
      scopes: options.scopes ?? installation.scopes,
      expiresAt: this.world.now() + this.world.settings.token.codeLifetimeMs,
    });
    const url = new URL(redirectUri);
    url.searchParams.set('code', code.value);
    if (options.state !== undefined) url.searchParams.set('state', options.state);
    return { code: code.value, callbackUrl: url.href };
  }

  private refuseSecondInstall(existing: SimulatedInstallation | undefined): void {
    if (!existing) return;
    throw new Error(
      `The app is installed in ${existing.place} already, so the authorization page hides the place: ` +
        'uninstall it first, or use authorizeAgain()',
    );
  }
}
