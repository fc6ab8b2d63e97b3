// A fake of the console's API for work on the page: the built page and an API in memory on one port of loopback.
// It is no second console: it checks little, and forgets everything when it ends.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

import { Refusal } from './refusal.mjs';
import { findRoute } from './routes.mjs';
import { makeState } from './state.mjs';

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

// The strictest that the page works under; the console sends the same.
export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

function sendFile(root, path, response) {
  const wanted = join(root, normalize(decodeURIComponent(path)));
  const file = wanted.startsWith(root) && existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(root, 'index.html');
  response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': contentSecurityPolicy });
  createReadStream(file).pipe(response);
}

function sendJson(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function answer(state, request, response, url) {
  const found = findRoute(request.method, url.pathname.slice('/api/v1'.length));
  if (!found) throw new Refusal(404, 'not_found', `there is no ${request.method} ${url.pathname}`);
  const body = await readBody(request);
  const result = found.handle({ state, request, parameters: found.parameters, query: url.searchParams, body });
  if (result.file) {
    response.writeHead(200, { 'Content-Type': 'application/vnd.tcpdump.pcap' });
    response.end(result.file);
  } else sendJson(response, result.status ?? 200, result.body, result.headers);
}

/** Listens on a free port of loopback; `close` ends it. */
export async function startFake({ page, password, port = 0 }) {
  let state = makeState(password);
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    if (!url.pathname.startsWith('/api/')) return sendFile(page, url.pathname, response);
    answer(state, request, response, url).catch((error) => {
      if (error instanceof Refusal) sendJson(response, error.status, error.body, error.headers);
      else sendJson(response, 500, { code: 'internal', message: String(error) });
    });
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    get state() {
      return state;
    },
    reset: () => {
      state = makeState(password);
    },
    close: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }),
  };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const fake = await startFake({ page: process.env.SEKISHO_WEB_OUT ?? 'dist', password: 'correct horse battery', port: 8080 });
  console.log(`${fake.url}  admin@example.com / correct horse battery`);
}
