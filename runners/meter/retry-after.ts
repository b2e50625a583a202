const MAX_SECONDS = 2 ** 31 - 1;

/**
 * Seconds to wait by a Retry-After header (RFC 9110, section 10.2.3): a number of seconds or an HTTP date, rounded up.
 * `now` is wall-clock milliseconds. Undefined for anything else.
 */
export function retryAfterSeconds(header: string | undefined, now: number): number | undefined {
  const value = header?.trim() ?? '';
  // Whole seconds by the standard, but fractions are seen in the wild.
  if (/^\d+(\.\d+)?$/.test(value)) return clamp(Number(value));
  if (!/^[A-Za-z]{3}/.test(value)) return undefined;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : clamp((date - now) / 1000);
}

function clamp(seconds: number): number {
  return Math.min(Math.max(Math.ceil(seconds), 0), MAX_SECONDS);
}
