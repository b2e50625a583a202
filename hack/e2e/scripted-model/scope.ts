import { type Behaviour, behaviourOfName, plainBehaviour } from './behaviour.ts';
import { InvalidDirective } from './vocabulary.ts';

/** What the beginning of a request's path says about all that lies under it. */
export interface Scope {
  /** The only models that exist here; undefined when there is no such limit. */
  only: readonly string[] | undefined;
  behaviour: Behaviour;
  /** The rest of the path, decoded. */
  path: string;
}

/**
 * Reads the prefixes `/only/<model>,<model>` and `/as/<directive>+<directive>`, so that a test's backend can have
 * models and faults of its own by its URL alone.
 * @throws InvalidDirective
 */
export function readScope(pathname: string): Scope {
  const scope: Scope = { only: undefined, behaviour: plainBehaviour(), path: '' };
  let segments = pathname.split('/').slice(1);
  for (; segments[0] === 'only' || segments[0] === 'as'; segments = segments.slice(2)) {
    if (segments[0] === 'only') scope.only = (segments[1] ?? '').split(',').map(decode);
    else scope.behaviour = behaviourOfPath(decode(segments[1] ?? ''), scope.behaviour);
  }
  scope.path = `/${segments.map(decode).join('/')}`;
  return scope;
}

function behaviourOfPath(text: string, base: Behaviour): Behaviour {
  const behaviour = behaviourOfName(text.replaceAll('+', '/'), base);
  if (!behaviour) throw new InvalidDirective(`/as/${text} holds a word that is not a directive`);
  return behaviour;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new InvalidDirective(`${segment} is not valid percent-encoding`, { cause });
  }
}
