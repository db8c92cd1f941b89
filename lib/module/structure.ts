import type { GhlAuthModuleStructure } from './module-definition.js';

/** What a host can provide, with the port and the methods that its instance must have. */
const PORTS = {
  repository: { port: 'GhlAuthRepository', methods: ['find', 'save', 'list', 'remove'], isOptional: false },
  directory: { port: 'InstallationDirectory', methods: ['find'], isOptional: true },
  clientsProvider: { port: 'ClientsProvider', methods: ['getClients'], isOptional: true },
  listener: { port: 'GhlAuthListener', methods: ['onInstallationChange'], isOptional: true },
  emergencySink: { port: 'GhlAuthEmergencySink', methods: ['put', 'list', 'get', 'remove'], isOptional: true },
  sealingKeys: { port: 'SealingKeyProvider', methods: ['current', 'find'], isOptional: true },
  transport: { port: 'HighLevelTransport', methods: ['send'], isOptional: false },
  clock: { port: 'Clock', methods: ['now', 'monotonic', 'sleep'], isOptional: false },
} as const;

/** The name of something that a host can provide. */
export type PortName = keyof typeof PORTS;

/** The names of everything that a host can provide. */
export const PORT_NAMES = Object.keys(PORTS) as readonly PortName[];

const KINDS = ['useExisting', 'useClass', 'useValue', 'useFactory'] as const;
const FORMS = '{ useExisting: X }, { useClass: X }, { useValue: x } or { useFactory, inject }';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Whether a definition is a provider without `provide`, of one kind. */
export const isProvider = (definition: unknown): boolean =>
  isObject(definition) && KINDS.filter((kind) => kind in definition).length === 1;

/** What is wrong with the structure of a registration, each problem with its fix. */
export function structureProblems(structure: Partial<GhlAuthModuleStructure>): readonly string[] {
  const problems = PORT_NAMES.flatMap((name) => definitionProblem(name, structure[name]) ?? []);
  const { imports } = structure as { imports?: unknown };
  if (imports !== undefined && !Array.isArray(imports)) problems.push('option imports must be a list of modules');
  for (const flag of ['isGlobal', 'emitEvents'] as const) {
    const value: unknown = structure[flag];
    if (value !== undefined && typeof value !== 'boolean') problems.push(`option ${flag} must be true or false`);
  }
  return problems;
}

const definitionProblem = (name: PortName, definition: unknown): string | null => {
  if (definition === undefined || definition === null) {
    return name === 'repository'
      ? 'no repository: pass repository: { useExisting: YourRepository } with imports: [the module that exports it], or useClass, useValue, useFactory'
      : null;
  }
  if (isProvider(definition)) return null;
  if (typeof definition === 'function') return `option ${name} is a class or a function: pass it as one of ${FORMS}`;
  const isInstance =
    isObject(definition) && PORTS[name].methods.some((method) => typeof definition[method] === 'function');
  if (isInstance) return `option ${name} is an instance: pass it as ${name}: { useValue: … }`;
  return `option ${name} must be one of ${FORMS}`;
};

/** What is wrong with what the host's providers have brought. What is optional may be left out at run time too. */
export function instanceProblems(
  structure: Partial<GhlAuthModuleStructure>,
  instances: Readonly<Record<PortName, unknown>>,
): readonly string[] {
  return PORT_NAMES.filter((name) => isProvider(structure[name])).flatMap((name) => {
    const { port, methods, isOptional } = PORTS[name];
    const instance = instances[name];
    if (instance === undefined || instance === null) {
      return isOptional
        ? []
        : [`the ${name} is ${instance === null ? 'null' : 'undefined'}: its provider must bring a ${port}`];
    }
    const missing = methods.filter((method) => typeof (instance as Record<string, unknown>)[method] !== 'function');
    return missing.map((method) => `the ${name} has no method ${method}(): implement ${port}`);
  });
}
