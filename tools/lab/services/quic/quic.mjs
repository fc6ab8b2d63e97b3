// A QUIC server and a client of it (RFC 9000), by quiche. The server sends back what a stream brings.
//   quic.mjs serve ADDRESS PORT FILE     FILE: its key and certificate, PEM
//   quic.mjs ask ADDRESS PORT NAME       names NAME in its hello, says "hello"; prints {"answer"} or {"error"} as JSON
import { createHmac, randomFillSync, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';

import Logger, { LogLevel } from '@matrixai/logger';
import { events, QUICClient, QUICServer } from '@matrixai/quic';

const kPatienceMs = 3000;
const logger = new Logger('quic', LogLevel.SILENT);

const mac = (key, data) => createHmac('sha256', Buffer.from(key)).update(Buffer.from(data)).digest();
const ops = {
  sign: async (key, data) => Uint8Array.from(mac(key, data)).buffer,
  verify: async (key, data, signature) => timingSafeEqual(mac(key, data), Buffer.from(signature)),
  randomBytes: async (data) => randomFillSync(new Uint8Array(data)),
};

async function serve(host, port, file) {
  const pem = readFileSync(file, 'utf8');
  const key = randomFillSync(new Uint8Array(32)).buffer;
  const server = new QUICServer({ crypto: { key, ops }, config: { key: pem, cert: pem, verifyPeer: false }, logger });
  server.addEventListener(events.EventQUICServerConnection.name, ({ detail: connection }) => {
    connection.addEventListener(events.EventQUICConnectionStream.name, ({ detail: stream }) => {
      stream.readable.pipeTo(stream.writable).catch(() => undefined); // the client has gone
    });
  });
  await server.start({ host, port });
  console.log('ready');
}

async function ask(host, port, serverName) {
  const client = await QUICClient.createQUICClient(
    { host, port, serverName, localHost: host.includes(':') ? '::' : '0.0.0.0', crypto: { ops }, config: { verifyPeer: false }, logger },
    { timer: kPatienceMs },
  );
  const stream = client.connection.newStream();
  const writer = stream.writable.getWriter();
  await writer.write(Buffer.from('hello'));
  await writer.close();
  let answer = '';
  for await (const piece of stream.readable) answer += Buffer.from(piece).toString();
  await client.destroy({ force: true });
  return answer;
}

const [what, host, port, third] = process.argv.slice(2);
if (what === 'serve') {
  await serve(host, Number(port), third);
} else {
  const late = new Promise((_, reject) => setTimeout(reject, 2 * kPatienceMs, new Error('no answer')));
  const outcome = await Promise.race([ask(host, Number(port), third), late]).then((answer) => ({ answer }), (error) => ({ error: `${error.name} ${error.message}` }));
  console.log(JSON.stringify(outcome));
  process.exit(0);
}
