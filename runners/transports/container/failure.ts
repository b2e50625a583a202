import type { OutcomeError } from '../../protocol/outcome.ts';

/** What can be wrong with an agent in a container: what its driver or agent-host says, and what the runner sees itself. */
export type AgentFailureKind = OutcomeError['kind'] | 'not_ready' | 'restarted';

/** The agent did not answer; the message is what happened, as it was told, without an end. */
export class AgentFailure extends Error {
  override name = 'AgentFailure';
  readonly kind: AgentFailureKind;

  constructor(kind: AgentFailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
