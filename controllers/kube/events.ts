import type { KubeObject } from './resource.ts';

export type EventType = 'Normal' | 'Warning';

export declare class EventRecorder {
  /**
   * Tells a story line about an object, as `kubectl describe` shows it. Returns at once and never throws; the same line
   * again raises the count of the first. `regarding` must have apiVersion, kind, name and uid.
   */
  record(regarding: KubeObject, type: EventType, reason: string, message: string): void;
  /** Waits for what is on its way, at most `boundMilliseconds`. */
  drain(boundMilliseconds: number): Promise<void>;
}
