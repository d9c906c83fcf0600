// Variables and the arrays that the optimiser changes in their place. The cpu backend keeps the arrays that it is given
// and returns the ones that it has, so everything is copied, in both directions.

import { LBFGSError, Parameter } from '../index';
import { rangeError, typeError } from '../checks/errors';
import { isArray, isObject } from '../checks/own';
import { wrongType } from '../checks/refusals';
import type { Evaluation, TensorFlowLike, VariableLike } from './tfjs-types';

/** The trainable variables of the list: at least one, each once, float32 and not disposed of. */
export function trainable(list: unknown): VariableLike[] {
  if (!isArray(list)) throw wrongType('an array of variables', 'the variables', list);
  for (const [index, variable] of list.entries()) {
    if (isVariable(variable)) continue;
    const hint = isObject(variable) && 'read' in variable ? '; of a weight of a layer take weight.read()' : '';
    throw wrongType('a tf.Variable', `variable ${index}`, variable, hint);
  }
  const variables = (list as readonly VariableLike[]).filter((variable) => variable.trainable);
  if (variables.length === 0) {
    const count = list.length === 0 ? 'none' : `${list.length} that are not`;
    throw rangeError('ERR_LBFGS_VARIABLES', `Expected trainable variables but received ${count}`);
  }
  for (const variable of variables) checkVariable(variable);
  if (new Set(variables).size === variables.length) return variables;
  throw rangeError(
    'ERR_LBFGS_DUPLICATE_PARAMETER',
    'Expected each variable once in the variables but received one twice',
  );
}

/** The name of a variable in a message: its end, which tells the weights of a layer apart. */
export function named(name: string): string {
  return `'${name.length > LONGEST_NAME ? `…${name.slice(-LONGEST_NAME)}` : name}'`;
}
const LONGEST_NAME = 80;

function isVariable(value: unknown): boolean {
  return isObject(value) && 'assign' in value && 'dataSync' in value && 'trainable' in value;
}

function checkVariable({ name, dtype, isDisposed }: VariableLike): void {
  if (dtype !== 'float32') {
    throw typeError(
      'ERR_LBFGS_VARIABLES',
      `Expected the dtype 'float32' for the variable ${named(name)} but received '${dtype}'`,
    );
  }
  if (!isDisposed) return;
  throw new LBFGSError(
    'ERR_LBFGS_VARIABLES',
    `Expected the variable ${named(name)} to be in use but it has been disposed`,
  );
}

/** Assigns the values, whose array the variable keeps from now on. */
export function assign(tf: TensorFlowLike, variable: VariableLike, values: Float32Array): void {
  if (variable.isDisposed) return; // the function has disposed of the variable; its next use throws
  const tensor = tf.tensor(values, [...variable.shape], 'float32');
  variable.assign(tensor);
  tensor.dispose();
}

/**
 * A variable, its parameter, the array for its gradients, and the variable's dataId when it last had the parameter's
 * values.
 */
interface Entry {
  readonly variable: VariableLike;
  readonly parameter: Parameter<Float32Array>;
  readonly gradient: Float32Array;
  dataId: object | undefined;
}

/** Variables as the parameters of an optimiser. */
export class Mirror {
  readonly #tf: TensorFlowLike;
  readonly #entries: Entry[] = [];

  constructor(tf: TensorFlowLike, variables: readonly VariableLike[]) {
    this.#tf = tf;
    this.add(variables);
  }

  get variables(): VariableLike[] {
    return this.#entries.map(({ variable }) => variable);
  }

  get parameters(): Parameter<Float32Array>[] {
    return this.#entries.map(({ parameter }) => parameter);
  }

  /** Adds further variables, once their parameters are accepted. */
  add(variables: readonly VariableLike[], accept?: (parameters: Parameter<Float32Array>[]) => void): void {
    if (variables.length === 0) return;
    const added = variables.map((variable) => {
      const { name, shape, size } = variable;
      const parameter = new Parameter(new Float32Array(size), { name, shape });
      return { variable, parameter, gradient: new Float32Array(size), dataId: undefined };
    });
    accept?.(added.map(({ parameter }) => parameter));
    this.#entries.push(...added);
  }

  /** Reads the variables that were assigned to since the last read or write. Returns whether there were any. */
  read(): boolean {
    let hasChanged = false;
    for (const entry of this.#entries) {
      if (entry.dataId === entry.variable.dataId) continue;
      entry.parameter.data.set(entry.variable.dataSync());
      entry.dataId = entry.variable.dataId;
      hasChanged = true;
    }
    return hasChanged;
  }

  /** Assigns the parameters' values to the variables. */
  write(): void {
    for (const entry of this.#entries) {
      assign(this.#tf, entry.variable, entry.parameter.data.slice());
      entry.dataId = entry.variable.dataId;
    }
  }

  /** Copies the gradients; returns the names of the variables that have none. */
  take(grads: Evaluation['grads']): string[] {
    const without: string[] = [];
    for (const { variable, parameter, gradient } of this.#entries) {
      const tensor = grads[variable.name] ?? null;
      if (tensor === null) without.push(variable.name);
      else gradient.set(tensor.dataSync());
      parameter.grad = tensor === null ? null : gradient;
    }
    return without;
  }
}
