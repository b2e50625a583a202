import type { KubeClient } from './client.ts';
import type { ApiResource, KubeObject } from './resource.ts';

/** One thing that one may do, in the words of a Role. */
export type Right = { verb: 'create' | 'get' | 'list' | 'delete'; group: string; plural: string };

type Review = KubeObject & { spec: object; status?: { allowed?: boolean } };
type WhoAmI = KubeObject & { status?: { userInfo?: { username?: string } } };

const REVIEWS: ApiResource<Review> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'selfsubjectaccessreviews',
  kind: 'SelfSubjectAccessReview',
  namespaced: false,
};
const WHO_AM_I: ApiResource<WhoAmI> = {
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'selfsubjectreviews',
  kind: 'SelfSubjectReview',
  namespaced: false,
};

/** Those of the rights that the caller does not have in the namespace. */
export async function missingRights(client: KubeClient, namespace: string, rights: Right[]): Promise<Right[]> {
  const answers = await Promise.all(
    rights.map(async ({ verb, group, plural }) => {
      const resourceAttributes = { namespace, verb, group, resource: plural };
      const review = await client.create(REVIEWS, { metadata: {}, spec: { resourceAttributes } });
      return review.status?.allowed === true;
    }),
  );
  return rights.filter((_, index) => !answers[index]);
}

/** The name that the API server knows the caller by, such as system:serviceaccount:shop:sre. */
export async function ownName(client: KubeClient): Promise<string> {
  const answer = await client.create(WHO_AM_I, { metadata: {} });
  return answer.status?.userInfo?.username ?? 'unknown';
}
