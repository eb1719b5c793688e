// Whether Umbel may be reached from where it is about to be: refuses what nobody can have meant, warns of what somebody may have. Pure.
import type { AuthRules } from '../auth/auth-rules.ts';
import { needsSignIn } from '../auth/check-auth-rules.ts';
import { ConfigError } from './config-error.ts';
import type { OptionValues } from './options.ts';

/**
 * @param thisMachineOnly nobody on another machine can connect: a loopback address, or a unix socket
 * @returns a warning for the log; null: nothing to say
 * @throws ConfigError when everybody would be let in without anybody having said so, or when it contradicts itself
 */
export function checkExposure(
  config: Pick<OptionValues, 'address' | 'unsafe-no-auth' | 'unauthenticated-api'>,
  rules: AuthRules,
  { thisMachineOnly }: { readonly thisMachineOnly: boolean },
): string | null {
  const canSignIn = needsSignIn(rules);
  if (config['unsafe-no-auth'] && canSignIn) {
    throw new ConfigError(
      '--unsafe-no-auth lets everybody in without a sign-in, but a way to sign in is configured too. Leave one of them out.',
    );
  }
  if (canSignIn || thisMachineOnly) return null;
  const { address } = config;
  if (!rules.open) {
    throw new ConfigError(
      `Whoever can reach ${address} could shut workers down, and nobody would have to sign in. Configure a way to sign in (--basic-auth, --htpasswd, --auth-provider, --oidc-issuer, --auth-proxy-header or UMBEL_API_KEYS), listen on this machine only (--address 127.0.0.1), or, if everybody really may do everything, add --unsafe-no-auth.`,
    );
  }
  const why = config['unsafe-no-auth'] ? '--unsafe-no-auth' : 'FLOWER_UNAUTHENTICATED_API';
  return `EVERYBODY who can reach ${address} may do everything, shutting workers down included: ${why} is set and no way to sign in is configured`;
}
