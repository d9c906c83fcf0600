// How error messages call a parameter.

import { quote } from '../checks/errors';
import { declared, isRevoked } from '../checks/own';

/** How an error message calls a parameter that stands alone. */
export function nameOf(parameter: object): string {
  return labelled('the parameter', parameter, (name) => `the parameter ${name}`);
}

/** How messages call the parameter at this index. */
export function parameterLabel(index: number, parameter: object): string {
  return labelled(`parameter ${index}`, parameter, (name) => `parameter ${index} (${name})`);
}

/** @param anonymous what to say where there is no name that is text: plain objects may change theirs */
function labelled(anonymous: string, parameter: object, withName: (name: string) => string): string {
  const name = isRevoked(parameter) ? undefined : declared(parameter, 'name');
  return typeof name === 'string' ? withName(quote(name)) : anonymous;
}
