// The parts list (SBOM, CycloneDX) of a published package: what npm makes of the lock file, turned from one of the workspace into
// one of the package. Nothing in it changes from build to build, or tells about the machine that it was built on.
import { execFileSync } from 'node:child_process';

interface Component {
  'bom-ref': string;
  name: string;
  version: string;
  readonly [member: string]: unknown;
}

/** As far as it is looked at; the rest stays as npm has written it. */
export interface Sbom {
  metadata: { timestamp?: string; component: Component; readonly [member: string]: unknown };
  serialNumber?: string;
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
  readonly [member: string]: unknown;
}

/**
 * @param root folder of the workspace
 * @param name of the package
 * @throws when npm cannot read the lock file
 */
export function packageSbom(root: string, name: string): Sbom {
  const npm = process.env['npm_execpath'];
  const [command, first] = npm?.endsWith('.js') === true ? [process.execPath, [npm]] : ['npm', []];
  const args = [
    'sbom',
    '--package-lock-only',
    '--sbom-format=cyclonedx',
    '--omit=dev',
    `--workspace=${name}`,
  ];
  const sbom = JSON.parse(
    execFileSync(command, [...first, ...args], { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }),
  ) as Sbom;
  return asPackage(sbom, name);
}

function asPackage(sbom: Sbom, name: string): Sbom {
  const workspace = sbom.metadata.component['bom-ref'];
  // npm calls a package of the workspace by its folder.
  const components = sbom.components.map((part) => ({ ...part, name: nameOf(part) }));
  const component = components.find((part) => part.name === name);
  if (component === undefined) throw new Error(`npm sbom knows no ${name}`);
  const { serialNumber: _serial, ...rest } = sbom;
  const { timestamp: _time, ...metadata } = sbom.metadata;
  return {
    ...rest,
    metadata: { ...metadata, component: { ...component, type: 'application' } },
    components: components.filter((part) => part !== component),
    dependencies: sbom.dependencies.filter(({ ref }) => ref !== workspace),
  };
}

/** `@umbel/celery@0.1.0` ▶ `@umbel/celery`. */
function nameOf(part: Component): string {
  return part['bom-ref'].slice(0, part['bom-ref'].lastIndexOf('@'));
}
