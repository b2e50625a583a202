// Before all else, since a signal that comes while the rest is loaded would else be lost, or end the process without a report.
const terminate = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => terminate.abort());

const { runProcess } = await import('./process.ts');
await runProcess(terminate.signal);

export {};
