// Which workers belong together: those whose names differ only by what a cluster adds to tell its copies apart.

/** `hash-pod` of a Kubernetes Deployment, `minute-pod` of a CronJob; the alphabets are Kubernetes' own, which has no vowels. */
const REPLICA = /^(.+)-(?:[bcdf4-9]{5,10}|\d{8,10})-[bcdfghjklmnpqrstvwxz2456789]{5}$/;
/** Of a DaemonSet or Job, and names shortened by hand; also five hex digits, of which one at least is a letter and one a figure. */
const POD =
  /^(.+)-(?:[bcdfghjklmnpqrstvwxz2456789]{5}|(?=[0-9a-f]{0,4}[a-f])(?=[0-9a-f]{0,4}\d)[0-9a-f]{5})$/;
/** Of a StatefulSet, and of copies counted by hand. Not the last number of an address: ip-10-0-1-23. */
const ORDINAL = /^(?!.*-\d+-\d+-\d+$)(.*[^-])-\d{1,4}$/;

/**
 * The deployment of a worker: `web` for `celery@web-5d9f7c6b8-x2k4q`, `etl` for `celery@etl-0`. A node name of its own stays, because it
 * tells two workers of one host apart: `fast@web` for `fast@web-5d9f7c6b8-x2k4q`. What is not shaped like a copy's name is
 * the host itself.
 * @param hostname as Celery calls the worker: `node@host`
 */
export function deploymentOf(hostname: string): string {
  const at = hostname.indexOf('@');
  const node = hostname.slice(0, Math.max(0, at));
  const host = hostname.slice(at + 1);
  if (node === '' || node === 'celery') return withoutCopy(host) ?? (host === '' ? hostname : host);
  const base = withoutCopy(host);
  return withoutCopy(node) ?? (base === null ? hostname : `${node}@${base}`);
}

/** Null where no copy is told apart. A domain behind such a name goes with it; behind any other it is part of the host. */
function withoutCopy(name: string): string | null {
  const dot = name.indexOf('.');
  const first = dot < 0 ? name : name.slice(0, dot);
  // No name of a pod or a host is longer.
  if (first.length > 253) return null;
  return (REPLICA.exec(first) ?? POD.exec(first) ?? ORDINAL.exec(first))?.[1] ?? null;
}
