// The one group of parameters: what the constructor accepts and what `paramGroups[0]` is.

import { dtypeOf, isFloatArray, lengthOf } from './arrays';
import { describe, rangeError, typeError } from './errors';
import {
  checkOption,
  OPTION_NAMES,
  checkKeys,
  resolveMaxEval,
  resolveOptions,
  type LBFGSOptions,
  type ResolvedOptions,
} from './options';
import { checkShape, type ParameterLike } from './parameter';

/** A group as the constructor takes it: parameters, and options that go before the constructor's. */
export interface ParamGroupInit extends LBFGSOptions {
  /** Read once, when it is handed over; at least one, none of them twice. */
  params: Iterable<ParameterLike>;
}

/** The group in use. Options may be assigned between steps (schedulers); an assignment is checked at once. */
export interface ParamGroup extends ResolvedOptions {
  /** The parameters in the order of the state dict; frozen. `addParamGroup` puts a longer list here. torch: `params`. */
  readonly params: readonly ParameterLike[];
}

/** torch's `defaults` and `param_groups[0]` from the constructor's arguments. */
export function resolveGroup(
  params: Iterable<ParameterLike> | Iterable<ParamGroupInit>,
  options: LBFGSOptions,
  defaults: Readonly<ResolvedOptions>,
): { defaults: Readonly<ResolvedOptions>; handle: GroupHandle } {
  const constructorOptions = resolveOptions(options, defaults, 'LBFGS');
  const items: readonly unknown[] = [...checkIterable(params)];
  const first = items[0];
  if (!isGroupInit(first)) {
    return {
      defaults: Object.freeze(constructorOptions),
      handle: makeGroup(checkParameters(items), constructorOptions),
    };
  }
  if (items.length > 1) {
    throw rangeError(
      'ERR_LBFGS_PARAM_GROUPS',
      `Expected one parameter group but received ${items.length}; LBFGS has one set of options for all parameters, as torch's`,
    );
  }
  const { params: groupParams, ...groupOptions } = first;
  // maxEval follows the maxIter it stands beside: the group's own, where only that is given.
  const base = { ...constructorOptions, maxEval: options.maxEval ?? null };
  const handle = makeGroup(
    checkParameters([...checkIterable(groupParams)]),
    resolveOptions(groupOptions, base, 'a group'),
  );
  return { defaults: Object.freeze(constructorOptions), handle };
}

function isGroupInit(item: unknown): item is ParamGroupInit {
  return typeof item === 'object' && item !== null && 'params' in item;
}

function checkIterable(params: unknown): Iterable<unknown> {
  const expected = 'Expected an iterable of parameters for params but received';
  if (isFloatArray(params)) {
    throw typeError('ERR_LBFGS_ARG_TYPE', `${expected} ${describe(params)}; make it one: [new Parameter(array)]`);
  }
  if (typeof params !== 'object' || params === null) {
    throw typeError('ERR_LBFGS_ARG_TYPE', `${expected} ${describe(params)}`);
  }
  if (typeof (params as Partial<Iterable<unknown>>)[Symbol.iterator] !== 'function') {
    const hint = 'data' in params ? '; put it into an array: [parameter]' : '';
    throw typeError('ERR_LBFGS_ARG_TYPE', `${expected} ${describe(params)}${hint}`);
  }
  return params as Iterable<unknown>;
}

/** How messages call the parameter at this index. */
export function parameterLabel(index: number, parameter: ParameterLike): string {
  return parameter.name === undefined ? `parameter ${index}` : `parameter ${index} ('${parameter.name}')`;
}

function checkParameters(items: readonly unknown[]): readonly ParameterLike[] {
  if (items.length === 0) throw rangeError('ERR_LBFGS_ARG_VALUE', 'Expected at least one parameter but received none');
  const seen = new Map<unknown, number>();
  const parameters = items.map((item, index) => {
    const parameter = checkParameter(item, index);
    for (const identity of new Set<unknown>([parameter, parameter.data])) {
      const other = seen.get(identity);
      if (other !== undefined) {
        throw rangeError(
          'ERR_LBFGS_DUPLICATE_PARAMETER',
          `Expected every parameter once but ${parameterLabel(index, parameter)} has the array of ${parameterLabel(other, items[other] as ParameterLike)}`,
        );
      }
      seen.set(identity, index);
    }
    return parameter;
  });
  checkDevices(parameters);
  if (parameters.every((parameter) => lengthOf(parameter.data) === 0)) {
    throw rangeError(
      'ERR_LBFGS_ARG_VALUE',
      `Expected parameters with at least one value but all ${parameters.length} are empty`,
    );
  }
  return Object.freeze(parameters);
}

function checkParameter(item: unknown, index: number): ParameterLike {
  if (typeof item !== 'object' || item === null || !('data' in item)) {
    const hint = isFloatArray(item) ? '; wrap it: new Parameter(array)' : '';
    throw typeError(
      'ERR_LBFGS_ARG_TYPE',
      `Expected a parameter ({ data, grad }) at index ${index} but received ${describe(item)}${hint}`,
    );
  }
  const parameter = item as ParameterLike;
  const { data, name, shape } = parameter;
  if (name !== undefined && typeof name !== 'string') {
    throw typeError(
      'ERR_LBFGS_ARG_TYPE',
      `Expected a string for name of parameter ${index} but received ${describe(name)}`,
    );
  }
  const label = parameterLabel(index, parameter);
  if (dtypeOf(data) === undefined) {
    throw typeError(
      'ERR_LBFGS_ARG_TYPE',
      `Expected a Float32Array or a Float64Array for data of ${label} but received ${describe(data)}`,
    );
  }
  if (shape !== undefined) checkShape(shape, lengthOf(data), label);
  return parameter;
}

function checkDevices(parameters: readonly ParameterLike[]): void {
  const deviceOf = (parameter: ParameterLike | undefined): unknown => parameter?.device ?? 'cpu';
  const first = deviceOf(parameters[0]);
  for (const [index, parameter] of parameters.entries()) {
    const device = deviceOf(parameter);
    const label = parameterLabel(index, parameter);
    if (device !== first) {
      throw rangeError(
        'ERR_LBFGS_DEVICE',
        `Expected one device for all parameters but parameter 0 is on ${describe(first)} and ${label} on ${describe(device)}`,
      );
    }
    if (device !== 'cpu') {
      throw rangeError(
        'ERR_LBFGS_DEVICE',
        `Expected device 'cpu' for ${label} but received ${describe(device)}; this build computes on the CPU`,
      );
    }
  }
}

/** The group as users see it, which checks what they assign, and as the optimiser reads and extends it. */
export interface GroupHandle {
  readonly group: ParamGroup;
  readonly current: Readonly<ParamGroup>;
  readonly setParams: (params: readonly ParameterLike[]) => void;
}

function makeGroup(params: readonly ParameterLike[], options: ResolvedOptions): GroupHandle {
  const current = { params, ...options };
  const group = new Proxy<ParamGroup>(current, {
    set(_, name, value: unknown) {
      assignOption(current, String(name), value);
      return true;
    },
    defineProperty: (_, name) => refuseChange(name),
    deleteProperty: (_, name) => refuseChange(name),
    setPrototypeOf: () => refuseChange('its prototype'),
  });
  const setParams = (replacement: readonly ParameterLike[]): void => {
    current.params = replacement;
  };
  return { group, current, setParams };
}

function assignOption(options: ResolvedOptions, name: string, value: unknown): void {
  if (name === 'params') refuseChange(name);
  checkKeys({ [name]: value }, OPTION_NAMES, 'a group');
  checkOption(name as keyof ResolvedOptions, value);
  Object.assign(options, { [name]: value });
  options.maxEval = resolveMaxEval(options.maxEval, options.maxIter);
}

function refuseChange(name: string | symbol): never {
  throw typeError(
    'ERR_LBFGS_PARAM_GROUPS',
    `Expected an assignment to an option of the group but received a change of ${String(name)}; addParamGroup adds parameters`,
  );
}

/** All parameters of the group with those of `added` behind them; refuses what the one group cannot take. */
export function extendParams(group: Readonly<ParamGroup>, added: ParamGroupInit): readonly ParameterLike[] {
  if (!isGroupInit(added)) {
    throw typeError(
      'ERR_LBFGS_ARG_TYPE',
      `Expected a group ({ params }) for addParamGroup but received ${describe(added)}`,
    );
  }
  const { params, ...given } = added;
  checkKeys(given, OPTION_NAMES, 'a group');
  for (const name of OPTION_NAMES) {
    if (given[name] === undefined) continue;
    checkOption(name, given[name]);
    const value = name === 'maxEval' ? resolveMaxEval(given[name] ?? null, group.maxIter) : given[name];
    if (value !== group[name]) {
      throw rangeError(
        'ERR_LBFGS_PARAM_GROUPS',
        `Expected ${name} = ${describe(group[name])} for the added parameters, as for the others, but received ${describe(given[name])}; LBFGS has one set of options`,
      );
    }
  }
  const items = [...checkIterable(params)];
  if (items.length === 0) throw rangeError('ERR_LBFGS_ARG_VALUE', 'Expected at least one parameter but received none');
  return checkParameters([...group.params, ...items]);
}
