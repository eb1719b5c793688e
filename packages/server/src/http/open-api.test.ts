import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Compile } from 'typebox/schema';
import { createOpenApi, documentedPath } from './open-api.ts';
import { ROUTES } from './routes/index.ts';

interface Operation {
  readonly operationId: string;
  readonly 'x-right': string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: object;
  }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: object; readonly example?: unknown }>>;
  };
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description: string;
        /** Missing: there is no body. */
        readonly content?: Readonly<Record<string, { readonly schema: object }>>;
      }
    >
  >;
}

const document = createOpenApi(ROUTES, { version: '1.2.3', urlPrefix: '/p' });
const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test('every route is described once', () => {
  assert.deepEqual(
    operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`).sort(),
    ROUTES.map((route) => `${route.method} ${documentedPath(route)}`).sort(),
  );
  const ids = operations.map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length);
});

test('every placeholder of a path is a parameter, and names are unique', () => {
  for (const { path, operation } of operations) {
    const placeholders = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
    assert.deepEqual(
      inPath.map((parameter) => parameter.name),
      placeholders,
      path,
    );
    assert.ok(
      inPath.every((parameter) => parameter.required),
      path,
    );
    const all = operation.parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
    assert.equal(new Set(all).size, all.length, path);
  }
});

test('every operation tells its success and its errors', () => {
  for (const { path, method, operation } of operations) {
    const statuses = Object.keys(operation.responses);
    assert.ok(statuses.includes('default'), path);
    assert.ok(
      statuses.some((status) => /^[23]/.test(status)),
      path,
    );
    if (!['open', 'unasked'].includes(operation['x-right'])) assert.ok(statuses.includes('401'), path);
    if (method === 'post') assert.ok(statuses.includes('413') && statuses.includes('415'), path);
    for (const [status, response] of Object.entries(operation.responses)) {
      assert.ok(response.description.length > 3, `${path} ${status}`);
      const hasBody = status !== '204' && !status.startsWith('3');
      assert.equal(Object.keys(response.content ?? {}).length > 0, hasBody, `${path} ${status}`);
    }
  }
});

test('every schema is a JSON Schema that compiles, and every example fits its own', () => {
  for (const { path, operation } of operations) {
    for (const { schema } of operation.parameters) assert.ok(Compile(schema), path);
    for (const { content = {} } of Object.values(operation.responses)) {
      for (const { schema } of Object.values(content)) assert.ok('$ref' in schema || Compile(schema), path);
    }
    for (const { schema, example } of Object.values(operation.requestBody?.content ?? {})) {
      const validator = Compile(schema);
      if (example !== undefined) assert.ok(validator.Check(example), path);
    }
  }
});

test('the document is plain JSON and names its version and prefix', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(document)), structuredClone(document));
  assert.equal(document['openapi'], '3.1.0');
  assert.deepEqual(document['servers'], [{ url: '/p' }]);
});

test('every operation says what its caller needs, and how they may show it', () => {
  for (const route of ROUTES) {
    const operation = paths[documentedPath(route)]?.[route.method.toLowerCase()] as Operation &
      Readonly<Record<string, unknown>>;
    const label = `${route.method} ${route.path}`;
    assert.equal(operation['x-right'], route.right, label);
    const security = (operation['security'] as object[]).map((one) => Object.keys(one).join(' '));
    if (route.right === 'open' || route.right === 'unasked') {
      assert.deepEqual(security, [], label);
      continue;
    }
    assert.deepEqual(
      security,
      ['basic', 'key', route.method === 'GET' ? 'session' : 'session csrf', ''],
      label,
    );
    for (const status of [401, 403, 429])
      assert.ok(String(status) in operation.responses, `${label} ${status}`);
    if (route.right !== 'signed-in') {
      assert.match(
        String(operation['description']),
        new RegExp(`Needs the right \`${route.right}\`\\.`),
        label,
      );
    }
  }
  const schemes = Object.keys((document['components'] as { securitySchemes: object }).securitySchemes);
  assert.deepEqual(schemes, ['basic', 'key', 'session', 'csrf']);
});

test('errors below /api/v1 are problems, those of pages are pages too, others are as Flower has them', () => {
  for (const { path, operation } of operations) {
    const content = operation.responses['default']?.content ?? assert.fail(path);
    const isPage =
      operation.responses['200']?.content?.['text/html'] !== undefined || /^\/(?:log|account)/.test(path);
    const types = path.startsWith('/api/v1/')
      ? ['application/problem+json']
      : ['application/json', ...(isPage ? ['text/html'] : [])];
    assert.deepEqual(Object.keys(content), types, path);
  }
});
