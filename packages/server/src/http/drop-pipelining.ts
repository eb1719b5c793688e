// Requests that one connection sends without waiting for answers (pipelining): Node reads all that a packet holds, and answers
// them side by side, so that a few kilobytes of a stranger would become hundreds of megabytes of answers that wait for their turn.
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Browsers and the usual libraries send one after the other; some tools a handful. */
const MOST_UNANSWERED = 16;

/** Ends a connection that has more requests under way. What it asked for beyond that is not looked at. To be added before other hooks. */
export function dropPipelining(app: FastifyInstance): void {
  const unanswered = new WeakMap<Socket, number>();
  app.addHook('onRequest', async (request, reply) => {
    const { socket } = request.raw;
    const before = unanswered.get(socket) ?? 0;
    if (socket.destroyed || before >= MOST_UNANSWERED) {
      socket.destroy();
      reply.hijack();
      return;
    }
    unanswered.set(socket, before + 1);
    reply.raw.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
  });
}
