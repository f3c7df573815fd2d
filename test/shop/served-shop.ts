/**
 * A variant of the shop, built by the Babel command line and served by a process of its own, as the tests
 * see it: an address to send requests to.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bench/demo/serve.js', import.meta.url));

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what a server answers has no type until it is looked at.
  body: any;
}

export interface RequestOptions {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export class ServedShop {
  private constructor(
    private readonly url: string,
    readonly adminKey: string,
    readonly stop: () => Promise<void>,
  ) {}

  /** Builds and starts `variant`; `stop` ends with an error if the server did not end well. */
  static async start(variant: string): Promise<ServedShop> {
    const serving = spawn(process.execPath, [program, variant], { stdio: ['pipe', 'pipe', 'inherit'] });
    const exited = once(serving, 'exit');
    const lines = createInterface({ input: serving.stdout });
    const [line] = await Promise.race([
      once(lines, 'line'),
      exited.then(([code]) => Promise.reject(new Error(`"${variant}" was not served: code ${code}`))),
    ]);
    const { url, adminKey } = JSON.parse(line);
    return new ServedShop(url, adminKey, async () => {
      serving.stdin.end();
      const [code] = await exited;
      if (code !== 0) throw new Error(`the server of "${variant}" ended with code ${code}`);
    });
  }

  async send(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { token, body, headers = {} } = options;
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : null };
  }

  get(path: string, token?: string): Promise<Answer> {
    return this.send('GET', path, token ? { token } : {});
  }

  post(path: string, body: unknown, token?: string, headers?: Record<string, string>): Promise<Answer> {
    return this.send('POST', path, { body, ...(token ? { token } : {}), ...(headers ? { headers } : {}) });
  }

  inspect(what: string): Promise<Answer> {
    return this.get(`/admin/${what}`, this.adminKey);
  }

  /** A new customer who has signed in. */
  async customer(name: string): Promise<{ id: string; token: string }> {
    const account = { email: `${name}@example.com`, name, password: 'long enough' };
    await this.post('/accounts', account);
    const { body } = await this.post('/accounts/sessions', account);
    return { id: body.user.id, token: body.token };
  }
}
