/** A condition as it stands in the status of our kinds. */
export type Condition = {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  observedGeneration?: number;
  lastTransitionTime: string;
  reason: string;
  message: string;
};

export type NewCondition = Omit<Condition, 'lastTransitionTime'>;

/** The schema's bound of `message`. */
export const MAX_CONDITION_MESSAGE = 1024;

/**
 * The conditions with one set: in its old place, or at the end. `lastTransitionTime` changes only with `status`.
 * @param now RFC 3339
 */
export function setCondition(conditions: readonly Condition[], wanted: NewCondition, now: string): Condition[] {
  const old = findCondition(conditions, wanted.type);
  const condition: Condition = {
    ...wanted,
    message: shorten(wanted.message),
    lastTransitionTime: old !== undefined && old.status === wanted.status ? old.lastTransitionTime : now,
  };
  return old === undefined ? [...conditions, condition] : conditions.map((each) => (each === old ? condition : each));
}

export function removeCondition(conditions: readonly Condition[], type: string): Condition[] {
  return conditions.filter((condition) => condition.type !== type);
}

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

/** A message that the API server would refuse for its length would cost the whole status. It counts code points. */
function shorten(message: string): string {
  const points = [...message];
  return points.length <= MAX_CONDITION_MESSAGE ? message : `${points.slice(0, MAX_CONDITION_MESSAGE - 1).join('')}…`;
}
