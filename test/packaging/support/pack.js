// Jest global setup of the packaging project: packs dist/ once, into a temporary folder that every test shares.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

/** Throws where dist/ is missing something that `exports` promises: a test of an old or half build proves nothing. */
function requireBuild(exportsMap) {
  const targets = Object.values(exportsMap).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry).flatMap((condition) => Object.values(condition)),
  );
  const missing = targets.filter((target) => !existsSync(join(root, target)));
  if (missing.length > 0) {
    throw new Error(`Run "npm run build" first. Missing: ${missing.join(', ')}`);
  }
}

/** A `node_modules` folder with the unpacked tarball beside links to what this repository has installed. */
function linkModules(folder, tarball, names) {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'nestjs-ghl-auth'), { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', join(modules, 'nestjs-ghl-auth'), '--strip-components=1']);
  for (const name of names) {
    mkdirSync(join(modules, name, '..'), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
  }
}

export default function pack() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  requireBuild(manifest.exports);

  const folder = mkdtempSync(join(tmpdir(), 'nestjs-ghl-auth-'));
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const report = JSON.parse(output);
  const packed = Array.isArray(report) ? report[0] : Object.values(report)[0];
  const tarball = join(folder, packed.filename);

  const peers = Object.keys(manifest.peerDependencies);
  const optional = peers.filter((name) => manifest.peerDependenciesMeta[name]?.optional);
  linkModules(join(folder, 'bare'), tarball, [
    ...peers.filter((name) => !optional.includes(name)),
    ...Object.keys(manifest.dependencies),
  ]);
  linkModules(
    join(folder, 'full'),
    tarball,
    readdirSync(join(root, 'node_modules')).filter((name) => !name.startsWith('.') && name !== 'nestjs-ghl-auth'),
  );

  writeFileSync(
    join(folder, 'packed.json'),
    JSON.stringify({
      folder,
      tarball,
      size: packed.size,
      files: packed.files.map((file) => file.path),
      bare: join(folder, 'bare'),
      full: join(folder, 'full'),
    }),
  );
  process.env.GHL_AUTH_PACKED = join(folder, 'packed.json');
}
