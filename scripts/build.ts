// `npm run build`: compiles the published packages into their `dist`, in the order in which they need each other. What lies
// beside the sources and is no TypeScript (SQL, pages) is copied to where the compiled code looks for it.
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageSbom } from './build/package-sbom.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const PACKAGES = ['celery', 'server'];

for (const name of PACKAGES) {
  const folder = join(root, 'packages', name);
  const dist = join(folder, 'dist');
  rmSync(dist, { recursive: true, force: true });
  try {
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  } catch {
    console.error(`packages/${name} does not compile`); // tsc said why
    process.exit(1);
  }
  cpSync(join(folder, 'src'), dist, {
    recursive: true,
    filter: (path) => !path.includes('fixtures') && extname(path) !== '.ts',
  });
  console.error(`built packages/${name}/dist`);
}
writeFileSync(
  join(root, 'packages/server/dist/sbom.cdx.json'),
  `${JSON.stringify(packageSbom(root, 'umbel'), null, 2)}\n`,
);
