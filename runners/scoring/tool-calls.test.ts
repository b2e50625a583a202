import { expect, it } from 'vitest';
import { toolCalls } from './tool-calls.ts';

it.each<[string[], object, boolean]>([
  [['get', 'logs'], { all: ['get', 'logs'] }, true],
  [['get'], { all: ['get', 'logs'] }, false],
  [['logs'], { any: ['get', 'logs'] }, true],
  [['describe'], { any: ['get', 'logs'] }, false],
  [[], { any: ['get'] }, false],
  [['get'], { none: ['delete'] }, true],
  [['get', 'delete'], { none: ['delete'] }, false],
  [['Delete'], { none: ['delete'] }, true],
  [['get', 'get'], { max: 2 }, true],
  [['get', 'get', 'get'], { max: 2 }, false],
  [[], { max: 0 }, true],
  [['get'], { max: 0 }, false],
  [['get', 'get'], { min: 2 }, true],
  [['get'], { min: 2 }, false],
  [['toString'], { any: ['toString'] }, true],
  [[], { none: ['toString'] }, true],
  [['get'], { any: ['get'], none: ['delete'], min: 1, max: 1 }, true],
  [['get', 'logs'], { any: ['get'], none: ['delete'], min: 1, max: 1 }, false],
])('%j by %j: %s', (called, entry, expected) => {
  expect(toolCalls(called, entry)).toBe(expected);
});
