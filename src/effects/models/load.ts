/** The models that come with the package, and those of the user on top of them. */
import ecmascript from './ecmascript.json' with { type: 'json' };
import { ModelLibrary } from './library.js';
import type { ModelFile } from './model.js';
import node from './node.json' with { type: 'json' };
import nodeModules from './node-modules.json' with { type: 'json' };
import collections from './packages/collections.json' with { type: 'json' };
import concurrency from './packages/concurrency.json' with { type: 'json' };
import databases from './packages/databases.json' with { type: 'json' };
import express from './packages/express.json' with { type: 'json' };
import expressMiddleware from './packages/express-middleware.json' with { type: 'json' };
import fastify from './packages/fastify.json' with { type: 'json' };
import httpClients from './packages/http-clients.json' with { type: 'json' };
import httpServers from './packages/http-servers.json' with { type: 'json' };
import keyValueStores from './packages/key-value-stores.json' with { type: 'json' };
import koa from './packages/koa.json' with { type: 'json' };
import lodash from './packages/lodash.json' with { type: 'json' };
import loggers from './packages/loggers.json' with { type: 'json' };
import services from './packages/services.json' with { type: 'json' };
import sockets from './packages/sockets.json' with { type: 'json' };
import utilities from './packages/utilities.json' with { type: 'json' };

/** TypeScript's view of a JSON file is narrower than the format that a test checks it against. */
export const BUILT_IN = {
  ecmascript,
  node,
  'node-modules': nodeModules,
  collections,
  concurrency,
  databases,
  express,
  'express-middleware': expressMiddleware,
  fastify,
  'http-clients': httpClients,
  'http-servers': httpServers,
  'key-value-stores': keyValueStores,
  koa,
  lodash,
  loggers,
  services,
  sockets,
  utilities,
} as unknown as Readonly<Record<string, ModelFile>>;

let builtIn: ModelLibrary | undefined;

/** @param extra model files of the user, which replace entries of the built-in ones */
export function loadModels(extra: readonly ModelFile[] = []): ModelLibrary {
  if (extra.length > 0) return new ModelLibrary([...Object.values(BUILT_IN), ...extra]);
  // The same for every program, and in watch mode needed for every build.
  builtIn ??= new ModelLibrary(Object.values(BUILT_IN));
  return builtIn;
}
