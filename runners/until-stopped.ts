/** The rest of a runner's grace is for the fixtures and the report. */
const MILLISECONDS = 1_000;

/** What `work` comes to; undefined when the runner is told to stop, and it is not done a second after that. */
export async function untilStopped<Value>(work: Promise<Value>, terminate: AbortSignal): Promise<Value | undefined> {
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  let timer: NodeJS.Timeout | undefined;
  const hurry = (): void => {
    timer = setTimeout(resolve, MILLISECONDS, undefined);
  };
  if (terminate.aborted) hurry();
  else terminate.addEventListener('abort', hurry, { once: true });
  try {
    return await Promise.race([work, over]);
  } finally {
    terminate.removeEventListener('abort', hurry);
    clearTimeout(timer);
  }
}
