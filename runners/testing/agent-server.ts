import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Handler = (response: ServerResponse, request: IncomingMessage) => void;
type Route = 'info' | 'ask' | 'events' | 'state' | 'cancel';

export type AgentScript = {
  /** Sent in order, numbered from 1, before the last line. */
  events?: readonly object[];
  /** What the state of the job holds beside its id; by default a result. */
  outcome?: object;
  /** Called when the question has come, before the answer to it; what it returns is waited for. */
  work?: (params: Params) => unknown;
  /** Answers in place of the server's own. */
  on?: { [route in Route]?: Handler };
};

export type Params = { [name: string]: unknown };

export type AgentServer = {
  url: string;
  /** Requests so far, as in "GET /v1/info". */
  requests: string[];
  /** Params of the questions so far. */
  asked: Params[];
  /** Ends all connections, as the end of a process does; the port refuses then. */
  close(): Promise<void>;
  /** Listens anew on the same port. */
  reopen(bootId: string): Promise<void>;
};

/** An agent for tests: the http form of the driver protocol, with answers by script. It has one job, called 1. */
export async function startAgentServer(script: AgentScript = {}): Promise<AgentServer> {
  const requests: string[] = [];
  const asked: Params[] = [];
  let bootId = 'boot-1';
  let worked: unknown;
  const own: { [route in Route]: Handler } = {
    info: (response) => sendJSON(response, { protocol: 1, bootId, driver: 'scripted 1.0', agentVersion: '0.9' }),
    ask: (response) => sendJSON(response, { job_id: '1' }, 202),
    events: async (response, request) => {
      await worked;
      const after = Number(new URL(request.url ?? '', 'http://agent').searchParams.get('after'));
      const events = [...(script.events ?? []), { event: 'end' }].map((event, index) => ({ seq: index + 1, ...event }));
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.end(
        events
          .filter(({ seq }) => seq > after)
          .map((event) => `${JSON.stringify(event)}\n`)
          .join(''),
      );
    },
    state: (response) => {
      const outcome = script.outcome ?? { status: 'ok', result: { answer: 'Paris' } };
      sendJSON(response, { job_id: '1', state: 'done', ...outcome });
    },
    cancel: (response) => sendJSON(response, { job_id: '1', state: 'running' }, 202),
  };
  const server = http.createServer(async (request, response) => {
    const body = await read(request);
    requests.push(`${request.method} ${request.url}`);
    const route = routeOf(request);
    if (route === 'ask') {
      const params = JSON.parse(body) as Params;
      asked.push(params);
      worked = script.work?.(params);
    }
    (script.on?.[route] ?? own[route])(response, request);
  });
  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    async reopen(next) {
      bootId = next;
      await listen(port);
    },
  };
}

export function sendJSON(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function routeOf({ method, url = '' }: IncomingMessage): Route {
  if (method === 'POST') return 'ask';
  if (method === 'DELETE') return 'cancel';
  if (url.includes('/events')) return 'events';
  return url.includes('/jobs/') ? 'state' : 'info';
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
