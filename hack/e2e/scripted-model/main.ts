import { startScriptedModel } from './server.ts';

const { PORT, SECOND_PORT, HOST, MODELS } = process.env;

const server = await startScriptedModel({
  host: HOST ?? '0.0.0.0',
  port: Number(PORT ?? 8000),
  secondPort: Number(SECOND_PORT ?? 8001),
  ...(MODELS ? { models: MODELS.split(',') } : {}),
});
console.log(`scripted model server at ${server.url}, second port at ${server.secondUrl}`);

for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void server.close());
