// How access is configured, for administrators to see: roles, grants, ways to sign in, and no secret. Pure.
import type { AuthRules } from './auth-rules.ts';
import type { Grants } from './grants.ts';
import { createRoles, isBuiltInRole } from './roles.ts';

export function describeAccess(rules: AuthRules, grants: Grants): Readonly<Record<string, unknown>> {
  const roles = createRoles(rules.roles);
  return {
    roles: roles.names.map((name) => {
      const { rights = [], scope = {} } = roles.grantOf(name) ?? {};
      return {
        name,
        built_in: isBuiltInRole(name),
        rights,
        tasks: scope.tasks ?? null,
        queues: scope.queues ?? null,
        workers: scope.workers ?? null,
      };
    }),
    grants: rules.grants.map(({ who, role }) => ({ who, role })),
    default_role: grants.defaultRole,
    ways: {
      users: rules.users.length,
      htpasswd: rules.htpasswd !== null,
      api_keys: rules.apiKeys.length,
      providers: rules.providers.map((provider) => ({
        id: provider.id,
        kind: provider.kind,
        label: provider.label,
        url: provider.url,
        redirect_uri: provider.redirectUri,
        allow: provider.allow,
        groups: provider.groups,
        min_access_level: provider.kind === 'gitlab' ? provider.minAccessLevel : null,
      })),
      proxy:
        rules.proxy === null
          ? null
          : {
              header: rules.proxy.header,
              groups_header: rules.proxy.groupsHeader,
              from: rules.proxy.from,
            },
    },
    sessions: { idle_ms: rules.sessionIdleMs, lifetime_ms: rules.sessionLifetimeMs },
  };
}
