import type { AgentOptions, RequestOptions } from 'node:https';
import { HttpMethod, type KubeConfig, RequestContext } from '@kubernetes/client-node';
import { Agent, type buildConnector, type Dispatcher } from 'undici';
import type { Clock } from '../clock.ts';

type Credentials = { headers: Record<string, string>; tls: RequestOptions; certificates: string; since: number };
type Kept = { dispatcher: Dispatcher; certificates: string; since: number };

/** Certificates and certificate authorities are rotated while we run. */
const RENEW_CONNECTIONS_MILLISECONDS = 3_600_000;
/** Reading tokens and certificates for each call would cost more than the call. */
const RENEW_CREDENTIALS_MILLISECONDS = 10_000;
/** Below the 60 s after which common load balancers cut idle connections, so that we never write to one of those. */
const KEEP_IDLE_MILLISECONDS = 30_000;
const CONNECT_MILLISECONDS = 5_000;

/**
 * The kept connections to the API server and what identifies us there, both from client-node's KubeConfig, which by
 * itself would open a connection for each call. HTTP/1.1 on purpose: a call that timed out takes its own connection with
 * it, whereas a dead HTTP/2 connection would hold every call and every watch at once.
 */
export class Connections {
  readonly #kubeConfig: KubeConfig;
  readonly #clock: Clock;
  #credentials: Credentials | undefined;
  #kept: Kept | undefined;

  constructor(kubeConfig: KubeConfig, clock: Clock) {
    this.#kubeConfig = kubeConfig;
    this.#clock = clock;
  }

  get server(): URL {
    return new URL(this.#cluster().server);
  }

  /** What a call is sent with. */
  async current(): Promise<{ dispatcher: Dispatcher; headers: Record<string, string> }> {
    const credentials = await this.#freshCredentials();
    return { dispatcher: await this.#freshDispatcher(credentials), headers: credentials.headers };
  }

  /** Ends all calls. */
  async close(): Promise<void> {
    await this.#kept?.dispatcher.destroy();
    this.#kept = undefined;
  }

  async #freshCredentials(): Promise<Credentials> {
    const now = this.#clock.monotonic();
    const known = this.#credentials;
    if (known !== undefined && now - known.since < RENEW_CREDENTIALS_MILLISECONDS) return known;
    const tls: RequestOptions = {};
    await this.#kubeConfig.applyToHTTPSOptions(tls);
    const basic = tls.auth ? { Authorization: `Basic ${Buffer.from(tls.auth).toString('base64')}` } : {};
    const given = Object.entries(tls.headers ?? {}).map(([name, value]) => [name, String(value)]);
    const headers = { ...Object.fromEntries(given), ...basic };
    this.#credentials = { headers, tls, certificates: `${tls.ca}${tls.cert}`, since: now };
    return this.#credentials;
  }

  async #freshDispatcher({ tls, certificates }: Credentials): Promise<Dispatcher> {
    const now = this.#clock.monotonic();
    const kept = this.#kept;
    const isYoung = kept !== undefined && now - kept.since < RENEW_CONNECTIONS_MILLISECONDS;
    if (isYoung && kept.certificates === certificates) return kept.dispatcher;
    const dispatcher = await this.#newDispatcher(tls);
    // Another call may have been faster while this one waited; then its connections are the ones to keep.
    if (this.#kept !== undefined && this.#kept !== kept) {
      await dispatcher.close();
      return this.#kept.dispatcher;
    }
    this.#kept = { dispatcher, certificates, since: now };
    // Calls that hold the old one already get on their way first; what runs on it then goes on to its end.
    setTimeout(() => kept?.dispatcher.close().catch(() => undefined), 1_000).unref();
    return dispatcher;
  }

  async #newDispatcher(tls: RequestOptions): Promise<Dispatcher> {
    const options = this.#kubeConfig.createDispatcherOptions(this.#cluster(), tls as AgentOptions);
    if (options.type === 'agent' || options.type === 'none') {
      const connect = { ...('connect' in options ? options.connect : {}), timeout: CONNECT_MILLISECONDS };
      return new Agent({
        allowH2: false,
        keepAliveTimeout: KEEP_IDLE_MILLISECONDS,
        keepAliveMaxTimeout: KEEP_IDLE_MILLISECONDS,
        connect: connect as buildConnector.BuildOptions,
      });
    }
    const context = new RequestContext(this.#cluster().server, HttpMethod.GET);
    await this.#kubeConfig.applySecurityAuthentication(context);
    const proxied = context.getDispatcher();
    if (proxied === undefined) throw new Error(`No way to the API server through the proxy ${options.uri}.`);
    return proxied;
  }

  #cluster() {
    const cluster = this.#kubeConfig.getCurrentCluster();
    if (!cluster) throw new Error('The kubeconfig names no current cluster: set its current-context.');
    return cluster;
  }
}
