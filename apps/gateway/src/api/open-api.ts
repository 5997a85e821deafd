import type { IncomingMessage, ServerResponse } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { type EventSink, GATEWAY_EVENTS, OPERATOR_DOOR, type OperatorDoor } from '#libs/contracts';
import { admitted } from '../http/operator.guard.js';
import { SESSION_COOKIE } from '../http/operator-door.js';
import { isApiPath } from './api-path.js';

const DESCRIPTION = `Calls, agents, recordings and records of this gateway.

Errors are problem details (RFC 9457) with a stable \`code\`. Instants that end in \`At\` are milliseconds since 1970, times that end in
\`Ms\` are milliseconds.`;

const PAGE = 'api/docs';

/** The page /api/docs and its document /api/docs-json, for whoever may use the interface: they tell a stranger what there is to try. */
export function openApiPage(app: INestApplication): void {
  const door = app.get<OperatorDoor>(OPERATOR_DOOR, { strict: false });
  const events = app.get<EventSink>(GATEWAY_EVENTS, { strict: false });
  // Guards are for controllers; these paths are the server's own, and are compared as it compares them.
  for (const path of [`/${PAGE}`, `/${PAGE}-json`]) {
    app.use(path, (request: IncomingMessage, _: ServerResponse, next: (error?: unknown) => void) => {
      try {
        admitted(request, door, events);
        next();
      } catch (refusal) {
        next(refusal);
      }
    });
  }
  const facts = new DocumentBuilder()
    .setTitle('Patchbay')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN or an API key (pb_…).' })
    .addCookieAuth(SESSION_COOKIE)
    .build();
  SwaggerModule.setup(PAGE, app, () => apiOnly(SwaggerModule.createDocument(app, facts)), {
    customSiteTitle: 'Patchbay API',
    raw: ['json'],
    swaggerOptions: { persistAuthorization: false },
  });
}

/** Webhooks of platforms and probes are no interface for programs of the operator. */
function apiOnly(document: OpenAPIObject): OpenAPIObject {
  const paths = Object.fromEntries(Object.entries(document.paths).filter(([path]) => isApiPath(path)));
  return { ...document, paths };
}
