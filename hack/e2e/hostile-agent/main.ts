import { carryOut } from './deeds.ts';
import { readDirective } from './directives.ts';
import { startHostileAgent } from './server.ts';
import { Work } from './work.ts';

const { AT_START, TMPDIR = '/tmp' } = process.env;

if (AT_START !== undefined) {
  const params = { question: '', model: '', base_url: '', backend_type: 'openai', artifacts_dir: TMPDIR };
  await carryOut(readDirective(AT_START), new Work('start', params));
}
const server = await startHostileAgent(7411);

process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  process.exit(0);
});
