/** What makes a schedule unusable, in one word and in sentences that say what to do. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
  readonly reason: 'InvalidSchedule' | 'UnknownTimeZone';

  constructor(reason: ScheduleError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}
