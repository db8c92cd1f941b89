import type { Randomness } from '../randomness.js';
import type { SimulatedInstallation } from './installation.js';
import type { SimulatedCompany } from './place.js';

/** The payload of an INSTALL or UNINSTALL webhook. */
export interface SimulatedWebhook {
  readonly type: 'INSTALL' | 'UNINSTALL';
  readonly appId: string;
  readonly versionId?: string;
  readonly installType?: UserTypeOfInstall;
  readonly companyId?: string;
  readonly locationId?: string;
  readonly userId?: string;
  readonly planId?: string;
  readonly trial?: { readonly onTrial: boolean; readonly trialDuration: number };
  readonly isWhitelabelCompany?: boolean;
  readonly whitelabelDetails?: { readonly domain: string; readonly logoUrl: string };
  readonly companyName?: string;
  readonly timestamp: string;
  readonly webhookId: string;
}

type UserTypeOfInstall = 'Company' | 'Location';

/**
 * What HighLevel sends after an install.
 * @param company whose person it was; where nobody was there (future locations) there is no company and no user
 */
export function installWebhook(
  installation: SimulatedInstallation,
  company: SimulatedCompany | undefined,
  random: Randomness,
): SimulatedWebhook {
  const { app, companyId, locationId, userId, planId, trialDays } = installation;
  const whiteLabel = company?.whiteLabel;
  return {
    type: 'INSTALL',
    appId: app.appId,
    versionId: app.versionId,
    installType: installation.userType,
    ...(locationId !== undefined && { locationId }),
    ...(company && { companyId, userId, companyName: company.name }),
    ...(planId !== undefined && { planId }),
    ...(trialDays !== undefined && { trial: { onTrial: true, trialDuration: trialDays } }),
    isWhitelabelCompany: whiteLabel !== undefined,
    ...(whiteLabel && { whitelabelDetails: whiteLabel }),
    timestamp: new Date(installation.installedAt).toISOString(),
    webhookId: random.uuid(),
  };
}

/** What HighLevel sends after an uninstall: the location's id or the company's, never both. */
export function uninstallWebhook(
  installation: SimulatedInstallation,
  at: number,
  random: Randomness,
): SimulatedWebhook {
  const { app, companyId, locationId } = installation;
  return {
    type: 'UNINSTALL',
    appId: app.appId,
    ...(locationId !== undefined ? { locationId } : { companyId }),
    timestamp: new Date(at).toISOString(),
    webhookId: random.uuid(),
  };
}
