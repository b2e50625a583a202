import { buildApp } from './app.ts';
import { readConfig } from './config.ts';
import { loadLlamaEngine } from './llama-engine.ts';

const log = (line: Record<string, unknown>) => console.log(JSON.stringify({ time: new Date(), ...line }));

const config = readConfig(process.env);
const app = buildApp(config.modelName, log);
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => stop());

app.server.listen(config.port, config.host, () => log({ event: 'listening', address: app.server.address() }));
const started = performance.now();
app.serve(await loadLlamaEngine(config));
log({ event: 'ready', model: config.modelName, milliseconds: Math.round(performance.now() - started) });

/** Answers that are being made get a few seconds; native threads would otherwise keep the process alive. */
function stop(): void {
  app.server.close(() => process.exit(0));
  app.server.closeIdleConnections();
  setTimeout(() => process.exit(0), 5000).unref();
}
