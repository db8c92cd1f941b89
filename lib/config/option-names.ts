import { NUMBER_SETTINGS } from './durations.js';

const numbersOf = (group: string): readonly string[] =>
  NUMBER_SETTINGS.filter((row) => row.group === group).map(({ name }) => name);

/** Options that are groups, with their members. */
const GROUPS: ReadonlyMap<string, readonly string[]> = new Map([
  ...[...new Set(NUMBER_SETTINGS.map(({ group }) => group))].map((group) => [group, numbersOf(group)] as const),
  ['job', ['enabled', ...numbersOf('job')]],
  ['reconnect', ['enabled']],
  ['mint', ['enabled']],
  ['sealing', ['keys', 'enabled', 'required', 'acceptUnsealed']],
]);

const OPTIONS: readonly string[] = [
  ...['clients', 'redirectUri', 'scopes', 'apiBaseUrl', 'marketplaceUrl', 'apiVersion', 'allowedHosts', 'mode'],
  ...GROUPS.keys(),
];

const PORTS = [
  'repository',
  'directory',
  'listener',
  'clientsProvider',
  'emergencySink',
  'sealingKeys',
  'transport',
  'clock',
];
const STRUCTURE = new Set([...PORTS, 'emitEvents', 'imports', 'name', 'isGlobal']);
const ASYNC = new Set(['useFactory', 'useClass', 'useExisting', 'inject']);
const PAIR = new Set(['clientid', 'clientsecret', 'clientkey']);

const listOf = (known: readonly string[]): string => `there are ${known.join(', ')}`;

/** What to do about a name that does not exist. */
const adviceFor = (name: string, known: readonly string[]): string => {
  const meant = known.find((one) => one.toLowerCase() === name.toLowerCase());
  if (meant !== undefined) return `did you mean ${meant}?`;
  if (STRUCTURE.has(name)) return 'pass it to forRootAsync() beside useFactory, not in what useFactory returns';
  if (ASYNC.has(name)) return 'pass it to forRootAsync()';
  if (PAIR.has(name.toLowerCase())) return 'pass key pairs as clients: [{ clientId, clientSecret }]';
  return listOf(known);
};

/** Names that do not exist among the options, and groups that are none. A misspelt option would otherwise be its default, silently. */
export function nameProblems(options: unknown): readonly string[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const found = options === null ? 'null' : Array.isArray(options) ? 'an array' : typeof options;
    return [
      `the options are ${found}, not an object: return one from useFactory, or {} to take all from the environment`,
    ];
  }
  return Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
    if (!OPTIONS.includes(name)) return [`option ${name} does not exist: ${adviceFor(name, OPTIONS)}`];
    const members = GROUPS.get(name);
    return members === undefined || value === undefined || value === null ? [] : memberProblems(name, value, members);
  });
}

const memberProblems = (group: string, value: unknown, members: readonly string[]): readonly string[] => {
  if (typeof value !== 'object' || Array.isArray(value)) {
    return [`option ${group} must be an object with ${members.join(', ')}`];
  }
  return Object.keys(value as object)
    .filter((member) => !members.includes(member))
    .map((member) => `option ${group}.${member} does not exist: ${adviceFor(member, members)}`);
};
