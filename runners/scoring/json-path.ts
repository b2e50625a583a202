import { FunctionExpressionType, JSONPathEnvironment, type JSONPathQuery } from 'json-p3';
import { MAX_JSON_CHARACTERS } from './json-text.ts';
import { compileRE2 } from './re2.ts';

type JSONValue = Parameters<JSONPathQuery['lazyQuery']>[0];

/** Compiles a query of RFC 9535 to a function that gives the values it selects, one by one. Throws an Error that does not quote it. */
export function compilePath(path: string): (value: unknown) => Iterable<unknown> {
  const query = parse(path);
  return (value) => values(query, value as JSONValue);
}

function parse(path: string): JSONPathQuery {
  try {
    return new Environment({ maxRecursionDepth: MAX_JSON_CHARACTERS }).compile(path);
  } catch (error) {
    throw new Error('jsonPath.path is not a query in the syntax of RFC 9535', { cause: error });
  }
}

function* values(query: JSONPathQuery, value: JSONValue): Generator<unknown> {
  for (const node of query.lazyQuery(value)) yield node.value;
}

class Environment extends JSONPathEnvironment {
  override setupFilterFunctions(): void {
    super.setupFilterFunctions();
    // The library's own would match with backtracking, and both text and expression may come from the answer.
    this.functionRegister.set(
      'match',
      textFunction((expression) => `^(?:${expression})$`),
    );
    this.functionRegister.set(
      'search',
      textFunction((expression) => expression),
    );
  }
}

function textFunction(whole: (expression: string) => string) {
  const { ValueType, LogicalType } = FunctionExpressionType;
  const compiled = new Map<string, ReturnType<typeof compileRE2>>();
  const compile = (expression: string) => {
    const known = compiled.get(expression) ?? compileRE2(whole(withoutLineEndsInDots(expression)));
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(expression, known);
    return known;
  };
  return {
    argTypes: [ValueType, ValueType],
    returnType: LogicalType,
    call: (text: unknown, expression: unknown): boolean =>
      typeof text === 'string' &&
      typeof expression === 'string' &&
      (compile(expression)?.matcher(text).find() ?? false),
  };
}

const MAX_COMPILED = 16;

/** In the expressions of RFC 9485 a dot matches neither line feed nor carriage return. */
function withoutLineEndsInDots(expression: string): string {
  return expression.replace(/\\.|\[(?:\\.|[^\]\\])*\]|\./gsu, (part) => (part === '.' ? '[^\\n\\r]' : part));
}
