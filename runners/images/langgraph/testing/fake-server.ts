/** In place of LangGraph's server: does what `fake.json` in its working folder says, and keeps the request beside it. */
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** `reply` is a file that holds the answer. */
const { reply, fault } = JSON.parse(await readFile('fake.json', 'utf8')) as { reply: string; fault: string };
if (fault === 'no-start') process.exit(3);

const server = createServer(async (request, response) => {
  await writeFile('request', JSON.stringify({ url: request.url, body: JSON.parse(await text(request)) }));
  if (fault === 'crash') process.exit(4);
  if (fault === 'not-found') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('No assistant found for "agent".\nmore');
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(await readFile(reply));
  if (fault !== 'silent') response.end();
});
server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('disconnect', () => process.exit());
