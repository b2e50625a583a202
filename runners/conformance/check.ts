/** What was found by one check. `form` is the form of the protocol that was spoken. */
export type CheckResult = {
  form: 'stdio' | 'http';
  name: string;
  status: 'passed' | 'failed' | 'skipped';
  /** What is wrong and where, or why it was skipped. */
  message?: string;
};

/** A rule of the protocol, tried on a driver. */
export type Check = {
  name: string;
  /** Whether it says nothing about a driver that calls no model. */
  needsModel?: boolean;
  /** Throws a {@link Finding}. */
  run(): Promise<void>;
};

/** The driver broke a rule. The message says what is wrong and where. */
export class Finding extends Error {
  override name = 'Finding';
}

/** Throws a Finding unless it is so. */
export function ensure(isSo: boolean, message: string): asserts isSo {
  if (!isSo) throw new Finding(message);
}

export type CheckOptions = { hasModel: boolean; onCheck: (result: CheckResult) => void };

/** Tries one check after the other; what breaks a check itself is told as its failure. */
export async function runChecks(
  form: CheckResult['form'],
  checks: readonly Check[],
  options: CheckOptions,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) {
    const result: CheckResult = { form, name: check.name, ...(await tryCheck(check, options.hasModel)) };
    results.push(result);
    options.onCheck(result);
  }
  return results;
}

async function tryCheck(check: Check, hasModel: boolean): Promise<Pick<CheckResult, 'status' | 'message'>> {
  if (check.needsModel && !hasModel) return { status: 'skipped', message: 'the driver is said to call no model' };
  try {
    await check.run();
    return { status: 'passed' };
  } catch (error) {
    return { status: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}
