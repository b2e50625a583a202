type Quantities = Record<string, string | number>;
export type Resources = { requests: Record<string, string>; limits: Record<string, string> };

/**
 * A container's resources: the wanted ones, the defaults for what is not named. Where only request or limit is given it
 * stands for both: a default might lie on the wrong side of it.
 */
export function withDefaults(
  wanted: { requests?: Quantities; limits?: Quantities } | undefined,
  defaults: Resources,
): Resources {
  return {
    requests: texts({ ...defaults.requests, ...wanted?.limits, ...wanted?.requests }),
    limits: texts({ ...defaults.limits, ...wanted?.requests, ...wanted?.limits }),
  };
}

function texts(quantities: Quantities): Record<string, string> {
  return Object.fromEntries(Object.entries(quantities).map(([name, quantity]) => [name, String(quantity)]));
}
