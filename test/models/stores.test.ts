// Models of stores and of what is called like one: which of them make a record that must not change in between?
import { describe, expect, test } from '@jest/globals';
import { type Group, planOf, waiting } from './analyzed.js';

const groups: Record<string, Group> = {
  'key-value stores': {
    races: {
      'redis: a record that is read, changed and written back': [
        `import { createClient } from 'redis';
         const client = createClient();
         export async function rename(id, name) {
           const user = JSON.parse(await client.get('user:' + id));
           user.name = name;
           await client.set('user:' + id, JSON.stringify(user));
         }`,
        'rename',
      ],
      'ioredis, through a helper': [
        `import Redis from 'ioredis';
         const redis = new Redis();
         const load = async id => JSON.parse(await redis.hget('users', id));
         const store = (id, user) => redis.hset('users', id, JSON.stringify(user));
         export async function visit(id) {
           const user = await load(id);
           user.visits++;
           await store(id, user);
         }`,
        'visit',
      ],
      keyv: [
        `import Keyv from 'keyv';
         const keyv = new Keyv();
         export async function count(id) { await keyv.set(id, ((await keyv.get(id)) ?? 0) + 1); }`,
        'count',
      ],
      'node-cache': [
        `import NodeCache from 'node-cache';
         const cache = new NodeCache();
         export async function get(id, load) {
           const known = cache.get(id);
           if (known) return known;
           const value = await load(id);
           cache.set(id, value.text);
         }`,
        'get',
      ],
      'an LRU cache gives the very objects': [
        `import { LRUCache } from 'lru-cache';
         const cache = new LRUCache({ max: 10 });
         cache.set('a', { n: 0 });
         export async function visit(id) {
           const record = cache.get(id);
           const { n } = record;
           await null;
           record.n = n + 1;
         }`,
        'visit',
      ],
      lowdb: [
        `import { JSONFilePreset } from 'lowdb/node';
         const db = await JSONFilePreset('db.json', { posts: [] });
         export async function add(post) {
           const id = db.data.posts.length;
           await db.write();
           db.data.posts.push({ id, title: post.title });
         }`,
        'add',
      ],
    },
    free: {
      'atomic commands': `import { createClient } from 'redis';
         const client = createClient();
         export async function limit(ip) {
           const n = await client.incr(ip);
           await client.expire(ip, 60);
           await client.publish('hits', ip);
           await client.setEx('last', 60, ip);
           return n > 10;
         }`,
      'records that are only read': `import { createClient } from 'redis';
         const client = createClient();
         export async function both(a, b) { return [await client.get(a), await client.get(b)]; }`,
    },
  },

  databases: {
    races: {
      'a callback inside of the program': [
        `import sqlite3 from 'sqlite3';
         const db = new sqlite3.Database('x');
         let queries = 0;
         export function find(id, done) {
           const seen = queries;
           db.all('select', [id], (error, rows) => rows.forEach(row => { queries = seen + 1; }));
         }`,
        'find',
      ],
      'a transaction': [
        `import { PrismaClient } from '@prisma/client';
         const prisma = new PrismaClient();
         let open = 0;
         export async function move(id) {
           const seen = open;
           await prisma.$transaction(async tx => {
             const user = await tx.user.findUnique({ where: { id } });
             open = seen + 1;
           });
         }`,
        'move',
      ],
      'a document that the program keeps': [
        `import mongoose from 'mongoose';
         const User = mongoose.model('User', new mongoose.Schema({ name: String }));
         const cache = new Map();
         export async function rename(id, name) {
           let user = cache.get(id);
           if (!user) { user = await User.findById(id); cache.set(id, user); }
           user.name = name;
           await user.save();
         }`,
        'rename',
      ],
    },
    free: {
      pg: `import pg from 'pg';
         const pool = new pg.Pool();
         export async function find(id) {
           const { rows } = await pool.query('select * from users where id = $1', [id]);
           const user = rows.find(row => row.id === id);
           user.seen = true;
           await pool.query('update users set seen = true where id = $1', [user.id]);
           return user;
         }`,
      mysql2: `import mysql from 'mysql2/promise';
         const pool = mysql.createPool('mysql://x');
         export async function find(id) {
           const [rows] = await pool.execute('select', [id]);
           await pool.query('update');
           return rows;
         }`,
      mongoose: `import mongoose from 'mongoose';
         const User = mongoose.model('User', new mongoose.Schema({ name: String }));
         export async function rename(id, name) {
           const user = await User.findById(id).populate('posts');
           user.name = name;
           user.tags.push('x');
           await user.save();
           return (await User.find({ name }).sort('name').limit(3)).map(u => u.toObject());
         }`,
      knex: `import knex from 'knex';
         const db = knex({ client: 'pg' });
         export async function find(id) {
           const user = await db('users').where({ id }).first();
           user.n++;
           await db('users').where({ id }).update({ n: user.n });
           return db.transaction(async trx => trx('users').insert({ id }));
         }`,
      prisma: `import { PrismaClient } from '@prisma/client';
         const prisma = new PrismaClient();
         export async function find(id) {
           const user = await prisma.user.findUnique({ where: { id } });
           user.name = 'x';
           await prisma.user.update({ where: { id }, data: user });
           return prisma.post.findMany();
         }`,
      'better-sqlite3': `import Database from 'better-sqlite3';
         const db = new Database('x.db');
         const byId = db.prepare('select * from users where id = ?');
         export async function find(id, request) {
           const user = byId.get(id);
           await request.text();
           db.prepare('update users set n = ?').run(user.n + 1);
           return byId.all().map(row => row.name);
         }`,
    },
  },
};

describe.each(Object.entries(groups))('%s', (_, { races, free }) => {
  for (const [name, [code, ...handlers]] of Object.entries(races))
    test(`race: ${name}`, () => expect(waiting(code)).toEqual(handlers.sort()));
  for (const [name, code] of Object.entries(free))
    test(`free: ${name}`, () => expect(waiting(code)).toEqual([]));
});

test('a class of a store is called after it', () => {
  const plan = planOf(`
    import { readFile, writeFile } from 'node:fs/promises';
    export async function add(item) { await writeFile('x', (await readFile('x')) + item); }`);
  expect(plan.classes.map(c => c.name)).toEqual(['files[]']);
});
