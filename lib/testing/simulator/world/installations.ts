import type { IssuedToken } from './credentials.js';
import type { SimulatedApp } from './apps.js';
import type { SimulatedInstallation } from './installation.js';
import { type PlaceKey, type PlaceRef, placeKey } from './place.js';

/** Which app is installed where. Of a place only the latest installation counts. */
export class Installations {
  private readonly latest = new Map<string, SimulatedInstallation>();

  put(installation: SimulatedInstallation): void {
    this.latest.set(mapKey(installation.app.appId, installation.place), installation);
  }

  /** The latest installation of the app in the place, uninstalled or not. */
  find(app: SimulatedApp | string, place: PlaceKey): SimulatedInstallation | undefined {
    return this.latest.get(mapKey(typeof app === 'string' ? app : app.appId, place));
  }

  /** The same, but only where the app is installed now. */
  installed(app: SimulatedApp | string, place: PlaceKey): SimulatedInstallation | undefined {
    const installation = this.find(app, place);
    return installation?.installed ? installation : undefined;
  }

  /** Installations of every app in a place, or of the app that the reference names. */
  inPlace(ref: PlaceRef): SimulatedInstallation[] {
    const key = placeKey(ref);
    if (ref.appId !== undefined) {
      const found = this.find(ref.appId, key);
      return found ? [found] : [];
    }
    return this.all().filter((installation) => installation.place === key);
  }

  /** The one installation of a place. @throws where there is none, or where several apps leave it open */
  latestIn(ref: PlaceRef): SimulatedInstallation {
    const [found, second] = this.inPlace(ref);
    if (!found) throw new Error(`No app was ever installed in ${placeKey(ref)}`);
    if (second) throw new Error(`Several apps are installed in ${placeKey(ref)}: name one with appId`);
    return found;
  }

  eachToken(ref: PlaceRef, change: (token: IssuedToken) => void): void {
    for (const installation of this.inPlace(ref)) installation.tokens.forEach(change);
  }

  /** The company's own and those of its locations. */
  ofCompany(app: SimulatedApp, companyId: string): SimulatedInstallation[] {
    return this.all().filter((one) => one.app === app && one.companyId === companyId);
  }

  all(): SimulatedInstallation[] {
    return [...this.latest.values()];
  }
}

function mapKey(appId: string, place: PlaceKey): string {
  return `${appId}|${place}`;
}
