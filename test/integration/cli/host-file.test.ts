import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Desk } from './support/desk.js';

describe("the host's file", () => {
  let desk: Desk;
  beforeEach(async () => {
    desk = await Desk.set();
    await desk.location();
    await rm(join(desk.folder, 'ghl-auth.config.mjs'));
  });
  afterEach(() => desk.clear());

  it.each([
    ['ghl-auth.config.mjs', 'export default globalThis.ghlAuthDesk.hostOptions();'],
    ['ghl-auth.config.mjs', 'export default async () => globalThis.ghlAuthDesk.hostOptions();'],
    ['ghl-auth.config.cjs', 'module.exports = globalThis.ghlAuthDesk.hostOptions();'],
    ['ghl-auth.config.cjs', 'exports.__esModule = true; exports.default = () => globalThis.ghlAuthDesk.hostOptions();'],
  ])('%s may be: %s', async (name, text) => {
    await desk.writeFile(name, text);
    expect(await desk.run('list')).toMatchObject({ code: 0, err: '' });
    expect(desk.closed).toBe(1);
  });

  it('may close by an export of its own, and be named', async () => {
    const { close: _, ...options } = desk.hostOptions() as { close: unknown };
    Object.assign(globalThis, { ghlAuthOptions: options });
    const text =
      'export default globalThis.ghlAuthOptions; export const close = () => globalThis.ghlAuthDesk.closed++;';
    await desk.writeFile('other.mjs', text);
    expect(await desk.run('list --config other.mjs')).toMatchObject({ code: 0, err: '' });
    expect(desk.closed).toBe(1);
  });

  it('keeps nobody waiting whose close never ends', async () => {
    await desk.writeFile(
      'ghl-auth.config.mjs',
      'export default { ...globalThis.ghlAuthDesk.hostOptions(), close: () => new Promise(() => undefined) };',
    );
    expect(await desk.run('list')).toMatchObject({ code: 0, err: '' });
  });

  it.each([
    ['is missing', null, 'There is no ghl-auth.config.js, .mjs or .cjs in'],
    ['does not load', 'import "./nowhere.js";', 'cannot be loaded'],
    ['exports nothing', 'export const options = {};', 'does not export options'],
    ['exports a list', 'export default [];', 'does not export options'],
    ['exports what forRootAsync() takes', 'export default { useFactory: () => ({}) };', 'export a function'],
    ['has a close that is none', 'export default { close: 1 };', 'a close that is no function'],
  ])('that %s ends the command with 2 and the three lines', async (_, text, problem) => {
    if (text !== null) await desk.writeFile('ghl-auth.config.mjs', text);
    const { code, out, err } = await desk.run('list');
    expect([code, out]).toEqual([2, '']);
    expect(err.replaceAll('\n', ' ')).toContain(problem);
    if (problem !== 'cannot be loaded')
      expect(err).toContain('export default { repository: { useValue: repository } };');
  });

  it('with options that cannot work ends it with 2 and what is wrong, without a secret', async () => {
    desk.host = { scopes: [], redirectUri: 'nowhere', mode: 'on' as never };
    await desk.writeFile('ghl-auth.config.mjs', 'export default globalThis.ghlAuthDesk.hostOptions();');
    const { code, err } = await desk.run('list');
    expect(code).toBe(2);
    for (const name of ['scopes', 'redirectUri', 'mode']) expect(err).toContain(`option ${name}`);
    expect(desk.closed).toBe(1);
  });
});
