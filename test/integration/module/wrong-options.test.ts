import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GhlAuthModule, InMemoryRepository } from '../../../lib/index.js';
import { Backend, withEnvironment } from './support/backend.js';

let backend: Backend;
beforeEach(() => {
  backend = new Backend();
});
afterEach(() => backend.stop());

const NO_REPOSITORY = expect.stringMatching(/^no repository: pass repository: \{ useExisting: YourRepository \}/);
const atStart = (given: Record<string, unknown>) =>
  backend.problemsAtStart(backend.forRoot({ ...backend.options, ...given }));

describe('an application does not start', () => {
  it('without anything, and is told of everything at once', async () => {
    const nothing = [
      NO_REPOSITORY,
      expect.stringMatching(/^no key pair/),
      expect.stringMatching(/^no redirect/),
      expect.stringMatching(/^no scopes/),
    ];
    expect(await backend.problemsAtStart(GhlAuthModule.forRoot({} as never))).toEqual(nothing);
    expect(await backend.problemsAtStart(GhlAuthModule.forRoot(undefined as never))).toEqual(nothing);
    expect(await backend.problemsAtStart(GhlAuthModule.forRootAsync({ useFactory: () => ({}) } as never))).toEqual(
      nothing,
    );
  });

  it('with something wrong in the structure, in the options and in the environment, and is told of all three', async () => {
    await withEnvironment({ GHL_API_VERSION: 'three' }, async () => {
      expect(await atStart({ repository: { useValue: {} }, scopes: [] })).toEqual([
        ...['find', 'save', 'list', 'remove'].map(
          (method) => `the repository has no method ${method}(): implement GhlAuthRepository`,
        ),
        'environment variable GHL_API_VERSION must be a version such as 2021-07-28 or v3',
        "option scopes must be a list of scopes, such as ['contacts.readonly', 'oauth.write']",
      ]);
    });
  });

  it('with a variable that is wrong, which is not called missing as well', async () => {
    await withEnvironment({ ...backend.environment, GHL_SCOPES: ';', GHL_CLIENT_SECRET: 'two words' }, async () => {
      expect(await backend.problemsAtStart(backend.forRoot())).toEqual([
        'environment variable GHL_CLIENT_SECRET must not contain blanks',
        'environment variable GHL_SCOPES must be scopes, separated by blanks or commas',
      ]);
    });
  });

  it.each([
    ['a class', InMemoryRepository, 'option repository is a class or a function: pass it as one of '],
    [
      'an instance',
      new InMemoryRepository(),
      'option repository is an instance: pass it as repository: { useValue: … }',
    ],
    ['an empty object', {}, 'option repository must be one of { useExisting: X }, { useClass: X }, '],
    ['two kinds at once', { useValue: {}, useClass: InMemoryRepository }, 'option repository must be one of '],
    ['a text', 'repository', 'option repository must be one of '],
    [
      'a factory that makes nothing',
      { useFactory: () => undefined },
      'the repository is undefined: its provider must bring a GhlAuthRepository',
    ],
    ['nothing as a value', { useValue: null }, 'the repository is null: its provider must bring a GhlAuthRepository'],
  ])('with %s as the repository', async (_, repository, problem) => {
    expect(await atStart({ repository })).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    [
      { repository: { useValue: { find: 1, save: () => true, list: () => [] } } },
      [
        'the repository has no method find(): implement GhlAuthRepository',
        'the repository has no method remove(): implement GhlAuthRepository',
      ],
    ],
    [{ directory: { useValue: {} } }, ['the directory has no method find(): implement InstallationDirectory']],
    [{ listener: { useValue: {} } }, ['the listener has no method onInstallationChange(): implement GhlAuthListener']],
    [
      { emergencySink: { useValue: { put: () => undefined, get: () => null, list: () => [] } } },
      ['the emergencySink has no method remove(): implement GhlAuthEmergencySink'],
    ],
    [{ emergencySink: '/a/folder' }, [expect.stringMatching(/^option emergencySink must be one of/)]],
    [{ transport: { useValue: {} } }, ['the transport has no method send(): implement HighLevelTransport']],
    [
      { clock: { useValue: Date } },
      ['the clock has no method monotonic(): implement Clock', 'the clock has no method sleep(): implement Clock'],
    ],
    [{ directory: { find: () => null } }, ['option directory is an instance: pass it as directory: { useValue: … }']],
    [{ listener: class Listener {} }, [expect.stringMatching(/^option listener is a class or a function/)]],
    [{ isGlobal: 'yes' }, ['option isGlobal must be true or false']],
    [{ imports: {} }, ['option imports must be a list of modules']],
    [{ useFactory: () => ({}) }, ['option useFactory does not exist: pass it to forRootAsync()']],
    [{ redirectURI: 'https://a.example' }, ['option redirectURI does not exist: did you mean redirectUri?']],
  ])('with %p', async (given, problems) => {
    expect(await atStart(given)).toEqual(problems);
  });

  it('with a factory that brings nothing, or the structure', async () => {
    const made = (result: unknown) =>
      backend.problemsAtStart(backend.forRootAsync({ useFactory: () => result as never }));
    expect((await made(undefined))[0]).toMatch(/^the options are undefined, not an object: return one from useFactory/);
    expect(await made({ ...backend.options, repository: {} })).toEqual([
      'option repository does not exist: pass it to forRootAsync() beside useFactory, not in what useFactory returns',
    ]);
  });

  it('without a factory where there should be one', async () => {
    expect(await backend.problemsAtStart(GhlAuthModule.forRootAsync({ ...backend.structure }))).toEqual([
      'no useFactory: pass forRootAsync({ useFactory: (…) => options, inject: […] }), or useClass, or useExisting; or use forRoot()',
    ]);
  });

  it('with two forms of a factory, or a class that is none', async () => {
    class NoFactory {}
    const async = (form: object) =>
      backend.problemsAtStart(GhlAuthModule.forRootAsync({ ...backend.structure, ...form }));
    expect(await async({ useFactory: () => backend.options, useClass: NoFactory })).toEqual([
      'useFactory, useClass and useExisting are given together: pass forRootAsync() one of them',
    ]);
    expect(await async({ useClass: NoFactory })).toEqual([
      'the class or provider of forRootAsync() has no method createGhlAuthOptions(): implement GhlAuthOptionsFactory',
    ]);
  });

  it('where the factory fails, with its own error', async () => {
    const failing = backend.forRootAsync({
      useFactory: () => {
        throw new RangeError('the vault is closed');
      },
    });
    await expect(backend.start(failing)).rejects.toThrow('the vault is closed');
  });
});

it('an application starts without a directory, a listener and an emergency sink, also where their factories make none', async () => {
  const nothing = { useFactory: () => undefined } as never;
  expect(await atStart({ directory: nothing, listener: nothing, emergencySink: nothing })).toEqual([]);
});
