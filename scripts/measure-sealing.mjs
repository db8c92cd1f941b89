// What sealing costs, measured on the built package: `npm run build && node scripts/measure-sealing.mjs`
import { randomBytes } from 'node:crypto';
import { resolveSettings } from '../dist/esm/config/resolve-settings.js';
import { createEngine } from '../dist/esm/engine.js';
import { InMemoryRepository, TokenService } from '../dist/esm/index.js';
import { HighLevelSimulator, SimulatorTransport } from '../dist/esm/testing.js';

const ROUNDS = 7;
const nothing = () => undefined;
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The median of several rounds, in µs of processor time per call: what others do on the machine hardly shows. */
async function measure(calls, work) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = process.cpuUsage();
    for (let call = 0; call < calls; call += 1) await work();
    const { user, system } = process.cpuUsage(began);
    rounds.push((user + system) / calls);
  }
  return rounds.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
}

async function backend(sealing) {
  const simulator = new HighLevelSimulator();
  const { clients, redirectUris, scopes } = simulator.addApp();
  const repository = new InMemoryRepository();
  const settings = resolveSettings({ clients, redirectUri: redirectUris[0], scopes, sealing }, {});
  const transport = new SimulatorTransport(simulator);
  const ports = { repository, directory: undefined, listener: undefined, transport };
  const engine = createEngine({ ...ports, settings, clock: simulator.clock, log, random: Math.random });
  const tokens = new TokenService(engine);
  const { locationId } = simulator.addLocation();
  await simulator.clock.drive(tokens.exchangeCode(simulator.installLocation(locationId).code));
  const { key } = engine.keeper.placeOf({ locationId });
  return { engine, tokens, ref: { locationId }, stored: await engine.registry.find(key), repository };
}

const plain = await backend({});
const sealed = await backend({ keys: [{ id: 'k1', key: randomBytes(32) }] });
const bytes = async ({ repository, stored }) => (await repository.find(stored.key)).body.length;
const rows = [];
const compare = async (what, calls, work) => {
  const figures = [];
  for (const side of [plain, sealed]) figures.push((await measure(calls, () => work(side))).toFixed(1));
  rows.push({ what, 'without (µs)': figures[0], 'sealed (µs)': figures[1] });
};
await compare('getAccessToken, cached', 200_000, ({ tokens, ref }) => tokens.getAccessToken(ref));
await compare('reading a record', 10_000, ({ engine, stored }) => engine.registry.find(stored.key));
await compare('writing a record', 10_000, async (side) => {
  side.stored = await side.engine.registry.save(side.stored, side.stored.installation);
});
console.table(rows);
console.log(`A record's body: ${await bytes(plain)} bytes, sealed ${await bytes(sealed)}. Node.js ${process.version}`);
