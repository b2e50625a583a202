/** As many as the run controller makes of its jobs. */
const AT_ONCE = 16;

/** Does so many pieces of work, some at a time. */
export async function atOnce(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
