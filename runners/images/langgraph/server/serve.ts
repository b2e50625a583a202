/** LangGraph's own server with the graph, on a port that is told to the parent process; it ends with its parent. */
import { fileURLToPath } from 'node:url';
import { startServer } from '@langchain/langgraph-api/server';

const { host } = await startServer({
  host: '127.0.0.1',
  port: 0,
  // Each looks for new runs about twice a second: with so many, a run begins at once.
  nWorkers: 32,
  cwd: process.cwd(),
  graphs: { agent: `${fileURLToPath(import.meta.resolve('./graph.mjs'))}:graph` },
});
process.on('disconnect', () => process.exit());
process.send?.({ url: `http://${host}` });
