import type { Randomness } from '../randomness.js';
import type { PlaceRef, SimulatedCompany, SimulatedLocation } from './place.js';

/** The agencies and sub-accounts that exist, and whether their subscription is active. */
export class Places {
  private readonly companies = new Map<string, SimulatedCompany>();
  private readonly locations = new Map<string, SimulatedLocation>();

  constructor(private readonly random: Randomness) {}

  /** An existing company of this id is returned as it is. */
  addCompany(
    options: { companyId?: string; name?: string; whiteLabel?: NonNullable<SimulatedCompany['whiteLabel']> } = {},
  ): SimulatedCompany {
    const companyId = options.companyId ?? this.random.id();
    const existing = this.companies.get(companyId);
    if (existing) return existing;
    const name = options.name ?? `Agency ${this.companies.size + 1}`;
    const company = { companyId, name, whiteLabel: options.whiteLabel, active: true };
    this.companies.set(companyId, company);
    return company;
  }

  addLocation(
    options: { locationId?: string; companyId?: string; name?: string; address?: string } = {},
  ): SimulatedLocation {
    const locationId = options.locationId ?? this.random.id();
    const existing = this.locations.get(locationId);
    if (existing) return existing;
    const { companyId } = this.addCompany(options.companyId === undefined ? {} : { companyId: options.companyId });
    const count = this.locations.size + 1;
    const location: SimulatedLocation = {
      locationId,
      companyId,
      name: options.name ?? `Location ${count}`,
      address: options.address ?? `${count} Main Street`,
      active: true,
    };
    this.locations.set(locationId, location);
    return location;
  }

  company(companyId: string): SimulatedCompany | undefined {
    return this.companies.get(companyId);
  }

  location(locationId: string): SimulatedLocation | undefined {
    return this.locations.get(locationId);
  }

  locationsOf(companyId: string): SimulatedLocation[] {
    return [...this.locations.values()].filter((location) => location.companyId === companyId);
  }

  setActive(ref: PlaceRef, active: boolean): void {
    const place = ref.locationId !== undefined ? this.location(ref.locationId) : this.company(ref.companyId);
    if (!place) throw new Error(`The simulator has no place ${JSON.stringify(ref)}: add it first`);
    place.active = active;
  }
}
