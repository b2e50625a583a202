import { expectTypeOf, test } from 'vitest';
import type { RuneAgent, RuneBackend, RuneBackendManifest, RuneJob, RuneJobManifest } from './types.ts';

test('a field with a default may be left out when written and is there when read', () => {
  expectTypeOf<RuneJob['spec']['backoffLimit']>().toEqualTypeOf<number>();
  expectTypeOf<RuneJobManifest['spec']['backoffLimit']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<RuneBackend['spec']['maxConcurrentJobs']>().toEqualTypeOf<number>();
  expectTypeOf<RuneBackendManifest['spec']['maxConcurrentJobs']>().toEqualTypeOf<number | undefined>();
});

test('status is read, never written', () => {
  expectTypeOf<RuneJob>().toHaveProperty('status');
  expectTypeOf<RuneJobManifest>().not.toHaveProperty('status');
});

test('names, enums, quantities and open fields keep their types', () => {
  expectTypeOf<RuneJob['kind']>().toEqualTypeOf<'RuneJob'>();
  expectTypeOf<RuneJob['apiVersion']>().toEqualTypeOf<'bench.rune.ai/v1alpha1'>();
  expectTypeOf<RuneAgent['spec']['tier']>().toEqualTypeOf<'OSSNative' | 'Community' | 'Closed'>();
  expectTypeOf<RuneJob['spec']['agent']['options']>().toEqualTypeOf<Record<string, unknown> | undefined>();
  type Limits = NonNullable<NonNullable<RuneJob['spec']['pod']>['resources']>['limits'];
  expectTypeOf<Limits>().toEqualTypeOf<{ [name: string]: number | string } | undefined>();
});
