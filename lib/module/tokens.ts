/** What a provider of the module's own is found under. Global symbols, so that both builds of the package find the same. */
const token = (name: string): symbol => Symbol.for(`nestjs-ghl-auth.${name}`);

export const GHL_AUTH_OPTIONS = token('options');
export const GHL_AUTH_OPTIONS_FACTORY = token('options-factory');
export const GHL_AUTH_SETTINGS = token('settings');
export const GHL_AUTH_PORTS = token('ports');
export const GHL_AUTH_REGISTRATION = token('registration');
export const GHL_AUTH_ENGINE = token('engine');

/** What one thing that the host brings is found under: `Symbol(nestjs-ghl-auth.repository)`, say. */
export const portToken = token;
