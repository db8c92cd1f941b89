import type { Claims } from './majors.js';

/** An app of a fixture. */
export interface MatrixApp {
  /** Its folder in the fixture. */
  readonly folder: string;
  /** How the README calls it. */
  readonly format: string;
  /** The build of the package that it has to get. */
  readonly build: 'cjs' | 'esm';
}

/** What is installed once, for apps in one or two module formats. */
export interface MatrixInstall {
  readonly fixture: string;
  readonly nest: string;
  readonly apps: readonly MatrixApp[];
  /** What the apps have besides Nest. */
  readonly beside: Claims;
}

/** The versions of Node.js that CI runs everything on. */
export const NODE = ['20', '22', '24'];

export const POSTGRESQL = '18';

/** What the packed package is tried in: the README's "What it runs on" says the same and no more. */
export const MATRIX: readonly MatrixInstall[] = [
  {
    fixture: 'nest12',
    nest: '12',
    apps: [
      { folder: 'esm', format: 'ES modules, Jest 30', build: 'esm' },
      { folder: 'cjs', format: 'CommonJS, through `require(esm)`', build: 'cjs' },
    ],
    beside: {
      '@nestjs/axios': '12',
      '@nestjs/config': '12',
      '@nestjs/event-emitter': '12',
      '@nestjs/schedule': '12',
      '@nestjs/terminus': '12',
      '@electric-sql/pglite': '0.5',
      jest: '30',
      pg: '8',
    },
  },
  {
    fixture: 'nest11',
    nest: '11',
    apps: [{ folder: 'cjs', format: 'CommonJS, Jest 29', build: 'cjs' }],
    // At the lower ends of their ranges.
    beside: {
      '@nestjs/axios': '4',
      '@nestjs/config': '4',
      '@nestjs/event-emitter': '3',
      '@nestjs/schedule': '5',
      '@nestjs/schedule-6': '6',
      '@nestjs/terminus': '11',
      '@electric-sql/pglite': '0.5',
      jest: '29',
      pg: '8',
    },
  },
];

/** Everything that an install claims. */
export const claimsOf = ({ nest, beside }: MatrixInstall): Claims => ({
  '@nestjs/common': nest,
  '@nestjs/core': nest,
  '@nestjs/platform-express': nest,
  '@nestjs/testing': nest,
  ...beside,
});
