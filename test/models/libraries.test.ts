// Models of libraries: utilities, validation, HTTP clients, limiters, queues, metrics.
import { describe, expect, test } from '@jest/globals';
import { type Group, waiting } from './analyzed.js';

const groups: Record<string, Group> = {
  lodash: {
    races: {
      'merging writes into the target': [
        `import _ from 'lodash';
         const config = { limits: { max: 1 } };
         export async function change(more) {
           const { max } = config.limits;
           await null;
           _.merge(config, more);
           return max;
         }`,
        'change',
      ],
      'what is found is the very object': [
        `import { find, groupBy } from 'lodash';
         const users = [{ id: 1, n: 0 }];
         export async function visit(id) {
           const user = find(users, u => u.id === id);
           const { n } = user;
           await null;
           groupBy(users, 'id')[id][0].n = n + 1;
         }`,
        'visit',
      ],
      'debounced functions run later': [
        `import _ from 'lodash';
         let saves = 0;
         const save = _.debounce(() => { saves++; }, 100);
         export async function change() {
           const before = saves;
           save();
           await null;
           save();
           return before;
         }`,
        'debounce',
        'change',
      ],
    },
    free: {
      'pure functions': `import _ from 'lodash';
         export async function totals(orders) {
           const byUser = _.groupBy(orders, 'user');
           const totals = _.mapValues(byUser, list => _.sumBy(list, 'total'));
           await null;
           return _.orderBy(_.toPairs(totals), 1).concat(_.cloneDeep(orders), _.camelCase('x'));
         }`,
    },
  },

  'validation and configuration': {
    races: {
      'a rule that looks at shared state': [
        `import { z } from 'zod';
         const names = new Set();
         const schema = z.object({ name: z.string().refine(name => !names.has(name)) });
         export async function add(input) {
           const { name } = schema.parse(input);
           await null;
           names.add(name);
         }`,
        'add',
        'refine',
      ],
    },
    free: {
      'all of them': `import Joi from 'joi';
         import { z } from 'zod';
         import Ajv from 'ajv';
         import validator from 'validator';
         import dotenv from 'dotenv';
         import config from 'config';
         dotenv.config();
         const joi = Joi.object({ name: Joi.string().min(3).required() });
         const zod = z.object({ age: z.number().int().optional() });
         const check = new Ajv().compile({ type: 'object' });
         export async function add(input) {
           const { error, value } = joi.validate(input);
           if (error || !check(input) || !validator.isEmail(input.email)) return config.get('message');
           await null;
           value.name = zod.parse(input).age;
           return value;
         }`,
    },
  },

  'passwords and tokens': {
    races: {
      'their callbacks': [
        `import bcrypt from 'bcrypt';
         import jwt from 'jsonwebtoken';
         let logins = 0;
         export function login(password, hash) {
           const seen = logins;
           bcrypt.compare(password, hash, (error, same) => { logins = seen + 1; });
         }
         export function check(token) {
           const seen = logins;
           jwt.verify(token, 'secret', (error, payload) => { logins = seen; });
         }`,
        'check',
        'login',
      ],
    },
    free: {
      'their promises': `import bcrypt from 'bcryptjs';
         import argon2 from 'argon2';
         import jwt from 'jsonwebtoken';
         export async function login(user, password) {
           if (!(await bcrypt.compare(password, user.hash))) return null;
           if (!(await argon2.verify(user.other, password))) return null;
           const payload = jwt.verify(jwt.sign({ id: user.id }, 'secret'), 'secret');
           payload.seen = true;
           return payload;
         }`,
    },
  },

  'HTTP clients': {
    races: {
      'an interceptor': [
        `import axios from 'axios';
         let calls = 0;
         axios.interceptors.request.use(async config => { const n = calls; await null; calls = n + 1; return config; });
         export async function load() { return (await axios.get('http://x')).data; }`,
        'use',
      ],
    },
    free: {
      "results are the task's own": `import axios from 'axios';
         import got from 'got';
         import nodeFetch from 'node-fetch';
         import { request } from 'undici';
         const api = axios.create({ baseURL: 'http://x' });
         export async function load(id) {
           const { data } = await api.get('/' + id);
           data.items.push(1);
           const response = await fetch('http://x', { method: 'POST', body: JSON.stringify(data) });
           const other = await (await nodeFetch('http://x')).json();
           const { body } = await request('http://x');
           const found = await got('http://x').json();
           data.items.push(other, found, await body.json(), await response.json());
           return data;
         }`,
    },
  },

  'locks and limiters': {
    races: {
      'call what they are handed': [
        `import { Mutex } from 'async-mutex';
         import AsyncLock from 'async-lock';
         import pLimit from 'p-limit';
         import PQueue from 'p-queue';
         const mutex = new Mutex();
         const lock = new AsyncLock();
         const limit = pLimit(2);
         const queue = new PQueue({ concurrency: 1 });
         let a = 0; let b = 0; let c = 0; let d = 0;
         export async function one() { const seen = a; await mutex.runExclusive(async () => { a = seen + 1; }); }
         export async function two() { const seen = b; await lock.acquire('k', async () => { b = seen + 1; }); }
         export async function three() { const seen = c; await limit(async n => { c = seen + n; }, 1); }
         export async function four() { const seen = d; await queue.add(async () => { d = seen + 1; }); }`,
        'four',
        'one',
        'three',
        'two',
      ],
      'and give what it returns': [
        `import pLimit from 'p-limit';
         const limit = pLimit(2);
         const stock = { left: 5 };
         export async function take() {
           const one = await limit(() => stock);
           const { left } = one;
           await null;
           one.left = left - 1;
         }`,
        'take',
      ],
    },
    free: {},
  },

  'queues, schedules and mail': {
    races: {
      'processors and scheduled work are handlers': [
        `import Queue from 'bull';
         import { Worker } from 'bullmq';
         import cron from 'node-cron';
         const queue = new Queue('mail');
         let sent = 0;
         queue.process(async job => { const n = sent; await null; sent = n + 1; });
         new Worker('mail', async job => { sent += job.data.n; });
         cron.schedule('* * * * *', () => { sent = 0; });`,
        'Worker("mail")',
        'process',
        'schedule("* * * * *")',
      ],
    },
    free: {
      'sending is output': `import nodemailer from 'nodemailer';
         import Queue from 'bull';
         const mailer = nodemailer.createTransport('smtp://x');
         const queue = new Queue('mail');
         export async function send(to) {
           await queue.add({ to });
           await mailer.sendMail({ to });
           return queue.add({ to });
         }`,
    },
  },

  metrics: {
    races: {},
    free: {
      'counters commute': `import { Counter, Histogram, register } from 'prom-client';
         const requests = new Counter({ name: 'requests' });
         const times = new Histogram({ name: 'times' });
         export async function handle(work) {
           requests.inc({ path: '/' });
           const stop = times.startTimer();
           await null;
           requests.labels('x').inc();
           stop();
         }
         export async function metrics() { return register.metrics(); }`,
    },
  },
};

describe.each(Object.entries(groups))('%s', (_, { races, free }) => {
  for (const [name, [code, ...handlers]] of Object.entries(races))
    test(`race: ${name}`, () => expect(waiting(code)).toEqual(handlers.sort()));
  for (const [name, code] of Object.entries(free))
    test(`free: ${name}`, () => expect(waiting(code)).toEqual([]));
});
