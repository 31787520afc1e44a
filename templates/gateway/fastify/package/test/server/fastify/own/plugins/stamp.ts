import fp from "fastify-plugin";

declare module "fastify" {
  interface FastifyInstance {
    readonly greeting: string;
  }
}

/** A decorator, and a hook that holds for all routes. */
export default fp(async (app) => {
  app.decorate("greeting", "hello");
  app.addHook("onSend", async (_request, reply) => {
    reply.header("x-stamp", "own");
  });
});
