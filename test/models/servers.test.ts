// Models of server frameworks: who is a handler, what is its own, what does it share.
import { describe, expect, test } from '@jest/globals';
import { type Group, waiting } from './analyzed.js';

const groups: Record<string, Group> = {
  'union, http-proxy and what belongs to them': {
    races: {
      'middleware of a server, and what handles its errors': [
        `import union from 'union';
         let n = 0;
         const count = async (req, res) => { const seen = n; await null; n = seen + 1; res.emit('next'); };
         const failed = () => { n++; };
         union.createServer({ before: [count], onError: failed }).listen(1);`,
        'count',
        'failed',
      ],
      'what goes on when a proxy has failed': [
        `import union from 'union';
         import httpProxy from 'http-proxy';
         const failures = { n: 0 };
         const proxy = httpProxy.createProxyServer({});
         const forward = (req, res) => {
           const seen = failures.n;
           proxy.web(req, res, { target: 'http://a' }, error => { failures.n = seen + 1; res.end(); });
         };
         union.createServer({ before: [forward] }).listen(1);`,
        'forward',
      ],
      'what is taken from a pool is shared': [
        `import { Pool } from 'generic-pool';
         const pool = Pool({ create: done => done(null, { n: 0 }), destroy() {} });
         export function use(done) {
           pool.acquire((error, client) => {
             const { n } = client;
             setImmediate(() => { client.n = n + 1; pool.release(client); done(); });
           });
         }`,
        'setImmediate',
        'use',
      ],
    },
    free: {
      'options are read, requests and responses are their own': `import union from 'union';
         import corser from 'corser';
         import httpProxy from 'http-proxy';
         import auth from 'basic-auth';
         import compare from 'secure-compare';
         const headers = { a: 'b' };
         const proxy = httpProxy.createProxyServer({ ws: true });
         const before = [
           corser.create({ requestHeaders: [] }),
           async (req, res) => {
             const user = auth(req);
             await null;
             res.statusCode = compare(user.name, headers.a) ? 200 : 401;
             res.emit('next');
           },
           (req, res) => proxy.web(req, res, { target: headers.a }, error => { res.statusCode = 500; res.end(headers.a); }),
         ];
         const server = union.createServer({ before, headers });
         server.setTimeout(1);
         server.listen(1);`,
      'clients of a pool are given back': `import { Pool } from 'generic-pool';
         const pool = Pool({ create: done => done(null, 'c'), destroy() {}, max: 5 });
         let sent = 0;
         export function send(text, done) {
           pool.acquire((error, client) => { pool.release(client); done(error); });
         }
         export const drain = done => { sent = 0; pool.drain(() => done(pool.getPoolSize())); };`,
    },
  },
  express: {
    races: {
      'routes, arrays of middleware and error handlers': [
        `import express from 'express';
         const app = express();
         let n = 0;
         const count = async (req, res, next) => { const seen = n; await null; n = seen + 1; next(); };
         app.get('/a', [count], (req, res) => res.json({ n }));
         app.use((error, req, res, next) => { n++; res.status(500).end(); });`,
        'use',
        'count',
        'get("/a")',
      ],
      'a router of its own, and parameters': [
        `import { Router } from 'express';
         export const router = Router();
         const seen = new Map();
         router.param('id', async (req, res, next, id) => {
           const n = seen.get(id);
           await null;
           seen.set(id, n);
           next();
         });
         router.route('/x').get((req, res) => res.send(seen.size));`,
        'get',
        'param("id")',
      ],
      'locals that all requests share': [
        `import express from 'express';
         const app = express();
         app.locals.visits = 0;
         app.get('/', async (req, res) => {
           const { visits } = req.app.locals;
           await null;
           req.app.locals.visits = visits + 1;
           res.end();
         });`,
        'get("/")',
      ],
      'what is sent is read': [
        `import express from 'express';
         const app = express();
         const state = { users: { n: 0 } };
         app.get('/', async (req, res) => { res.write(JSON.stringify(state)); await null; res.json(state); });
         app.post('/', (req, res) => { state.users.n++; res.end(); });`,
        'get("/")',
        'post("/")',
      ],
    },
    free: {
      "request, response and session are the task's own": `import express from 'express';
         import session from 'express-session';
         import cookieParser from 'cookie-parser';
         import helmet from 'helmet';
         import cors from 'cors';
         import morgan from 'morgan';
         import multer from 'multer';
         import compression from 'compression';
         const app = express();
         const upload = multer({ dest: 'up' });
         app.use(helmet(), cors(), morgan('tiny'), compression(), cookieParser(), express.json());
         app.use(session({ secret: 'x' }));
         app.use((req, res, next) => { req.started = Date.now(); res.locals.user = req.session.user; next(); });
         app.post('/files', upload.single('file'), async (req, res) => {
           req.session.files = (req.session.files ?? 0) + 1;
           await null;
           req.session.files++;
           res.set('x', 'y').cookie('a', 'b').status(201).json({ body: req.body, query: req.query.a });
         });
         app.listen(0, () => console.log('up'));`,
      'wrapped handlers that share nothing': `import express from 'express';
         import asyncHandler from 'express-async-handler';
         const app = express();
         app.get('/', asyncHandler(async (req, res) => { await null; res.send(req.params.id); }));`,
    },
  },

  koa: {
    races: {
      'middleware and routes': [
        `import Koa from 'koa';
         import Router from '@koa/router';
         const app = new Koa();
         const router = new Router();
         let n = 0;
         router.get('/', async ctx => { const seen = n; await null; n = seen + 1; ctx.body = n; });
         app.use(router.routes()).use(async (ctx, next) => { await next(); n--; });`,
        'use',
        'get("/")',
      ],
    },
    free: {
      "the context is the task's own": `import Koa from 'koa';
         import { koaBody } from 'koa-body';
         const app = new Koa();
         app.use(koaBody());
         app.use(async (ctx, next) => {
           ctx.state.started = Date.now();
           await next();
           ctx.set('X-Time', Date.now() - ctx.state.started);
           ctx.body = { ...ctx.request.body, n: ctx.query.n };
         });
         app.listen(0);`,
    },
  },

  fastify: {
    races: {
      'routes, route objects and hooks': [
        `import Fastify from 'fastify';
         const app = Fastify({ logger: true });
         let n = 0;
         app.get('/', { schema: {} }, async (request, reply) => { const seen = n; await null; n = seen + 1; });
         app.route({ method: 'GET', url: '/n', handler: async () => n });
         app.addHook('onRequest', async () => { n--; });`,
        'addHook("onRequest")',
        'get("/")',
        'handler',
      ],
      'inside of plugins': [
        `import fastify from 'fastify';
         const app = fastify();
         const seen = new Map();
         async function users(instance) {
           instance.post('/:id', async request => {
             const known = seen.get(request.params.id);
             await null;
             seen.set(request.params.id, known);
             return {};
           });
         }
         app.register(users, { prefix: '/users' });`,
        'post("/:id")',
      ],
      'what the instance is decorated with': [
        `import fastify from 'fastify';
         const app = fastify();
         app.decorate('visits', { n: 0 });
         app.get('/', async () => { const { n } = app.visits; await null; app.visits.n = n + 1; return n; });`,
        'get("/")',
      ],
    },
    free: {
      "request and reply are the task's own": `import fastify from 'fastify';
         const app = fastify();
         app.get('/', async (request, reply) => {
           request.log.info('x');
           const { name } = request.query;
           await null;
           reply.code(201).header('a', 'b');
           return reply.send({ name, body: request.body });
         });
         app.listen({ port: 0 });`,
    },
  },

  sockets: {
    races: {
      'ws connections and all clients': [
        `import { WebSocketServer } from 'ws';
         const server = new WebSocketServer({ port: 0 });
         let sent = 0;
         server.on('connection', socket => {
           socket.on('message', async data => {
             const before = sent;
             await null;
             server.clients.forEach(client => { client.send(data); sent = before + 1; });
           });
         });`,
        'on("message")',
      ],
      'socket.io': [
        `import { Server } from 'socket.io';
         const io = new Server();
         const users = {};
         io.on('connection', socket => {
           socket.on('join', async name => {
             const taken = users[name];
             await socket.join('room');
             users[name] = socket.id;
           });
           socket.on('disconnect', () => { delete users[socket.id]; });
         });`,
        'on("disconnect")',
        'on("join")',
      ],
    },
    free: {
      'output only': `import { Server } from 'socket.io';
         import { WebSocketServer } from 'ws';
         const io = new Server();
         const server = new WebSocketServer({ noServer: true });
         io.on('connection', socket => {
           socket.on('say', async text => {
             socket.broadcast.emit('said', text);
             await null;
             io.to('room').emit('said', text);
           });
         });
         server.on('connection', (socket, request) => {
           socket.isAlive = true;
           socket.on('pong', async () => { socket.send('x'); });
         });`,
    },
  },
};

describe.each(Object.entries(groups))('%s', (_, { races, free }) => {
  for (const [name, [code, ...handlers]] of Object.entries(races))
    test(`race: ${name}`, () => expect(waiting(code)).toEqual(handlers.sort()));
  for (const [name, code] of Object.entries(free))
    test(`free: ${name}`, () => expect(waiting(code)).toEqual([]));
});
