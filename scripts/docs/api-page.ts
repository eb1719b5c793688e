// docs/api.md, written from THE LIST of routes and the schemas of the contract.
import { ERROR_STATUSES, type ErrorStatus } from '../../packages/server/src/contract/operation.ts';
import type { Parameter } from '../../packages/server/src/contract/parameter.ts';
import {
  describeNeeded,
  documentedErrors,
  documentedPath,
  ERRORS_OF_ANY_REQUEST,
  TAGS,
} from '../../packages/server/src/http/open-api.ts';
import type { Route } from '../../packages/server/src/http/route.ts';
import { ROUTES } from '../../packages/server/src/http/routes/index.ts';

/** What of JSON Schema the contract uses. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
}

const INTRODUCTION = `# API

Written by \`npm run docs\` from the schemas that the server itself uses. The same as OpenAPI 3.1: \`/api/openapi.json\`; to try it out: \`/api/docs\`.

**Access.** \`Authorization: Basic …\` with a name and password, \`Authorization: Bearer …\` with an API token or key, or the cookie of a session. A change by session needs its token as the header
\`X-CSRF-Token\` (\`csrf_token\` of \`GET /api/v1/session\`). [access.md](access.md) says how all of these are configured, and which roles hold which rights. Health needs no access. A browser on another
web site cannot change anything; while nobody has to sign in, Umbel answers only under \`localhost\`, addresses, names of a private network and \`--allowed-hosts\`.

**Values** under names such as \`password\` or \`token\` read \`***\`; to whoever lacks the right \`payload\` every value does, and what is hidden from them is marked \`"hidden": true\`.

**Parameters** come as query string, form (urlencoded or multipart) or JSON body, alike. The body wins over the query, the last value over earlier ones. A body
is read as JSON also under the content type that curl sends by default. Truth values: \`1 true yes on y t\` and \`0 false no off n f\`. Times: ISO 8601,
\`2026-01-31 14:30\` or epoch seconds; without a zone they are UTC. Names in paths may be percent-encoded and may hold \`/\`.

**Numbers** of any size pass exactly, in arguments and in results. A NaN in a result arrives as \`"NaN"\`.

**Errors** are \`{"error": "One sentence.", "status": 404}\`, below \`/api/v1\` problems (\`application/problem+json\`: \`type\`, \`title\`, \`status\`, \`code\`, \`detail\`, \`params\`). Any request can meet these:

${errorTable(ERRORS_OF_ANY_REQUEST)}
`;

export function renderApiPage(): string {
  const sections = TAGS.map((tag) => {
    const routes = ROUTES.filter(({ operation }) => operation.tag === tag);
    return `## ${tag}\n\n${routes.map(renderRoute).join('\n')}`;
  });
  return `${INTRODUCTION}\n${sections.join('\n')}`;
}

function renderRoute(route: Route): string {
  const { method, operation, right } = route;
  const errors = documentedErrors(route).filter((status) => !ERRORS_OF_ANY_REQUEST.includes(status));
  return [
    `### ${method} ${documentedPath(route)}\n`,
    `${sentence(operation.summary)} ${operation.description ?? ''}`.trim(),
    '',
    `${describeNeeded(right) ?? 'Needs no sign-in.'}\n`,
    ...parameterTable(Object.entries(operation.parameters)),
    ...(operation.strictBody === true ? ['Any other member of the body is refused.\n'] : []),
    `Reply: ${operation.replyDescription}\n`,
    ...replyTable(operation.reply),
    ...(errors.length === 0 ? [] : [`Errors: ${errors.map((status) => `${status}`).join(', ')}.\n`]),
  ].join('\n');
}

function parameterTable(parameters: readonly (readonly [string, Parameter<unknown>])[]): string[] {
  if (parameters.length === 0) return [];
  const rows = parameters.map(([name, { schema, required }]) => {
    const described = schema as Schema;
    const fallback = required ? 'required' : described.default === undefined ? '' : code(described.default);
    return row([code(name), typeOf(described), fallback, described.description ?? '']);
  });
  return [
    [row(['parameter', 'type', 'default', '']), row(['---', '---', '---', '---']), ...rows, ''].join('\n'),
  ];
}

/** The members of an object, or of the values of a map. */
function replyTable(reply: Schema): string[] {
  const values = Object.values(reply.patternProperties ?? {})[0];
  const objects = (values?.anyOf ?? (values === undefined ? [reply] : [values])).filter(
    (schema) => schema.properties !== undefined,
  );
  return objects.map((object) => {
    const rows = Object.entries(object.properties ?? {}).flatMap(([name, schema]) =>
      memberRows(name, schema, object),
    );
    const head = values === undefined ? [] : [`By name${describe(object.description)}:\n`];
    return [...head, row(['member', 'type', '']), row(['---', '---', '---']), ...rows, ''].join('\n');
  });
}

function memberRows(name: string, schema: Schema, object: Schema): string[] {
  const optional = object.required?.includes(name) === true ? '' : ' (may be absent)';
  const inner = schema.type === 'array' ? schema.items : schema;
  const members = Object.entries(inner?.properties ?? {});
  // Rows of tasks are long; they are told once, under the task itself.
  const deeper = members.length > 8 ? [] : members;
  return [
    row([code(name), typeOf(schema), `${schema.description ?? ''}${optional}`]),
    ...deeper.map(([member, of]) => row([code(`${name}.${member}`), typeOf(of), of.description ?? ''])),
  ];
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined && schema.enum.length <= 8) return schema.enum.map(code).join(' ');
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
  if (schema.allOf !== undefined || schema.patternProperties !== undefined) return 'object';
  if (schema.type === 'array') return `array of ${schema.items === undefined ? 'any' : typeOf(schema.items)}`;
  const { minimum, maximum } = schema;
  const range = minimum === undefined || maximum === undefined ? '' : `, ${minimum} to ${maximum}`;
  return `${schema.type ?? 'any'}${range}`;
}

function errorTable(statuses: readonly ErrorStatus[]): string {
  const rows = statuses.map((status) => row([`${status}`, ERROR_STATUSES[status]]));
  return [row(['status', '']), row(['---', '---']), ...rows].join('\n');
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

function describe(text: string | undefined): string {
  return text === undefined ? '' : `, ${text.charAt(0).toLowerCase()}${text.slice(1).replace(/\.$/, '')}`;
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
