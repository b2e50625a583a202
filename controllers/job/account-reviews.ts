import type { Clock } from '../clock.ts';
import type { KubeClient } from '../kube/client.ts';
import { SUBJECT_ACCESS_REVIEWS, type SubjectAccessReview } from '../kube/resource.ts';
import {
  type AccountAccess,
  type AnswerHolders,
  accountAccess,
  type Reviewed,
  type Right,
  waysToAnswers,
} from './account-access.ts';

type Options = { client: Pick<KubeClient, 'create'>; clock: Clock };
type Kept = { at: number; reviewed: Promise<Reviewed> };

const KEPT_MILLISECONDS = 60_000;
/** About a hundred accounts. */
const MAX_KEPT = 8192;

/** Asks the API server what the accounts of agents may do. An answer is kept for a minute, and asked for once. */
export class AccountReviews {
  readonly #options: Options;
  /** Oldest first. */
  readonly #kept = new Map<string, Kept>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Never throws: what could not be asked makes the answer Unknown. */
  async access(namespace: string, account: string, holders: AnswerHolders): Promise<AccountAccess> {
    const rights = waysToAnswers(holders);
    const reviewed = await Promise.all(rights.map((right) => this.#review(namespace, account, right)));
    return accountAccess(account, reviewed);
  }

  #review(namespace: string, account: string, right: Right): Promise<Reviewed> {
    const key = JSON.stringify([namespace, account, right]);
    const now = this.#options.clock.monotonic();
    const known = this.#kept.get(key);
    if (known !== undefined && now - known.at < KEPT_MILLISECONDS) return known.reviewed;
    const kept = { at: now, reviewed: this.#ask(namespace, account, right) };
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    // What was not answered is asked again the next time.
    void kept.reviewed.then(({ undecided }) => {
      if (undecided !== undefined && this.#kept.get(key) === kept) this.#kept.delete(key);
    });
    return kept.reviewed;
  }

  async #ask(namespace: string, account: string, right: Right): Promise<Reviewed> {
    const { isClusterWide, ...attributes } = right;
    const spec = {
      user: `system:serviceaccount:${namespace}:${account}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      resourceAttributes: isClusterWide ? attributes : { namespace, ...attributes },
    };
    try {
      const review: SubjectAccessReview = { metadata: {}, spec };
      const { status } = await this.#options.client.create(SUBJECT_ACCESS_REVIEWS, review);
      const isAllowed = status?.allowed === true;
      const error = status === undefined ? 'the answer has no status' : status.evaluationError;
      return { right, isAllowed, ...(isAllowed || !error ? {} : { undecided: error }) };
    } catch (error) {
      return { right, isAllowed: false, undecided: error instanceof Error ? error.message : String(error) };
    }
  }
}
