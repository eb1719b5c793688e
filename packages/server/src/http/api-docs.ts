// The readable API page at /api/docs, from local files only. It needs the same access as the API, so that a browser has signed
// in before somebody tries a call out.
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { ServerFacts } from './api-request.ts';
import { framing } from './security-headers.ts';

/** The page's own scripts and styles, its inline pictures, and calls to the API it describes. */
const policy = (frameAncestors: readonly string[]) =>
  `default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; ${framing(frameAncestors)}`;

export async function registerApiDocs(app: FastifyInstance, server: ServerFacts): Promise<void> {
  await app.register(swagger, {
    mode: 'static',
    specification: { document: server.openApi as never },
  });
  await app.register(swaggerUi, {
    routePrefix: `${server.urlPrefix}/api/docs`,
    staticCSP: policy(server.frameAncestors),
    theme: { title: 'Umbel API' },
    uiConfig: {
      layout: 'BaseLayout',
      docExpansion: 'list',
      defaultModelsExpandDepth: -1,
      tryItOutEnabled: true,
    },
  });
}
