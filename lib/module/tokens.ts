/** What a provider of the module's own is found under. Global symbols, so that both builds of the package find the same. */
const token = (name: string): symbol => Symbol.for(`nestjs-ghl-auth.${name}`);

export const GHL_AUTH_OPTIONS = token('options');
export const GHL_AUTH_SETTINGS = token('settings');
export const GHL_AUTH_REPOSITORY = token('repository');
export const GHL_AUTH_DIRECTORY = token('directory');
export const GHL_AUTH_LISTENER = token('listener');
export const GHL_AUTH_SEALING_KEYS = token('sealing-keys');
export const GHL_AUTH_TRANSPORT = token('transport');
export const GHL_AUTH_CLOCK = token('clock');
export const GHL_AUTH_REGISTRATION = token('registration');
export const GHL_AUTH_ENGINE = token('engine');
