let sayIt = (line: string): void => void process.stderr.write(`${line}\n`);

/** One line of news on standard error, so that standard output holds results only. */
export function say(line: string): void {
  sayIt(line);
}

/** Leads all news elsewhere, where the terminal shows lines that change. @returns what leads them back */
export function saySomewhere(elsewhere: (line: string) => void): () => void {
  const before = sayIt;
  sayIt = elsewhere;
  return () => {
    sayIt = before;
  };
}

export function seconds(milliseconds: number): string {
  const total = milliseconds / 1000;
  if (total < 60) return `${total.toFixed(1)} s`;
  return `${Math.floor(total / 60)} min ${String(Math.round(total % 60)).padStart(2, '0')} s`;
}

/** Does a piece of work; says that it goes on while it takes long, and how long it took at its end. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const elapsed = () => seconds(performance.now() - began);
  const ticker = setInterval(() => say(`  … ${title}: ${elapsed()}`), process.stderr.isTTY ? 5_000 : 20_000);
  try {
    const result = await work();
    say(`  ✓ ${title} (${elapsed()})`);
    return result;
  } catch (error) {
    say(`  ✗ ${title} (${elapsed()})`);
    throw error;
  } finally {
    clearInterval(ticker);
  }
}
