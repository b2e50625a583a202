import { expect, test } from 'vitest';
import { plainBehaviour } from './behaviour.ts';
import { readScope } from './scope.ts';

test.each([
  ['/v1/models', '/v1/models', undefined, {}],
  ['/only/a,b%2Fc/v1/models', '/v1/models', ['a', 'b/c'], {}],
  [
    '/as/error:401+times:2/v1/models',
    '/v1/models',
    undefined,
    { fault: { kind: 'status', status: 401 }, faultTimes: 2 },
  ],
  ['/as/key:k/only/echo/api/tags', '/api/tags', ['echo'], { key: 'k' }],
  ['/v1/models/answer%3AParis', '/v1/models/answer:Paris', undefined, {}],
] as const)('%s', (pathname, path, only, behaviour) => {
  expect(readScope(pathname)).toEqual({ path, only, behaviour: { ...plainBehaviour(), ...behaviour } });
});

test.each([
  ['/as/oops/v1/models', '/as/oops holds a word that is not a directive'],
  ['/v1/%ff', 'not valid percent-encoding'],
])('%s is refused with the reason', (pathname, message) => {
  expect(() => readScope(pathname)).toThrow(message);
});
