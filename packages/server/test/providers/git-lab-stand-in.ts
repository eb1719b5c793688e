// Stands in for GitLab: OpenID Connect, and the list of groups with access levels and pages, as GitLab documents them.
import type { TestScope } from '@umbel/testkit';
import { type OpenIdStandIn, startOpenIdStandIn } from './open-id-stand-in.ts';
import { page } from './stand-in-server.ts';

export interface GitLabGroup {
  readonly full_path: string;
  /** Of who signs in: 10 guest, 20 reporter, 30 developer, 40 maintainer, 50 owner. */
  readonly accessLevel: number;
}

export interface GitLabStandIn extends OpenIdStandIn {
  readonly groups: GitLabGroup[];
}

export async function startGitLabStandIn(t: TestScope): Promise<GitLabStandIn> {
  const groups: GitLabGroup[] = [];
  const standIn = await startOpenIdStandIn(t, (call, { url, isAccessToken }) => {
    if (call.url.pathname !== '/api/v4/groups') return null;
    if (!isAccessToken(call)) return { status: 401, json: { message: '401 Unauthorized' } };
    const least = Number(call.url.searchParams.get('min_access_level') ?? 0);
    const listed = groups.filter(({ accessLevel }) => accessLevel >= least);
    return page(
      call,
      url,
      listed.map(({ full_path }, index) => ({ id: index + 1, full_path })),
    );
  });
  return { ...standIn, groups };
}
