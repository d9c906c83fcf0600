// The one group of parameters: what the constructor accepts and what `paramGroups[0]` is.

import { describe, rangeError, typeError } from '../checks/errors';
import {
  checkOption,
  OPTION_NAMES,
  checkKeys,
  resolveMaxEval,
  resolveOptions,
  type LBFGSOptions,
  type ResolvedOptions,
} from '../options/options';
import { isObject, listOf, pick } from '../checks/own';
import { wrongType } from '../checks/refusals';
import type { ParameterLike } from './parameter';
import { iterate } from './iterate';
import { noParameter, ParameterList } from './parameter-list';

/** A group of parameters for the constructor, with options that take precedence over those of the constructor. */
export interface ParamGroupInit extends LBFGSOptions {
  /** The parameters: at least one, and none of them twice. The iterable is read once. */
  params: Iterable<ParameterLike>;
}

/**
 * The group of an optimiser. Options may be assigned between steps, as a scheduler does; each assignment is checked.
 */
export interface ParamGroup extends ResolvedOptions {
  /**
   * The parameters in the order of the state dict; frozen. `addParamGroup` replaces the list by a longer one. torch:
   * `params`.
   */
  readonly params: readonly ParameterLike[];
}

/** torch's `defaults` and `param_groups[0]` from the constructor's arguments. */
export function resolveGroup(
  params: Iterable<ParameterLike> | Iterable<ParamGroupInit>,
  options: LBFGSOptions,
  defaults: Readonly<ResolvedOptions>,
): { defaults: Readonly<ResolvedOptions>; handle: GroupHandle } {
  const own = checkKeys(options, OPTION_NAMES, 'LBFGS');
  const constructorOptions = resolveOptions(own, defaults, 'LBFGS');
  const list = new ParameterList();
  let group: ParamGroupInit | undefined;
  for (const item of iterate(params)) {
    if (group !== undefined) {
      throw rangeError(
        'ERR_LBFGS_PARAM_GROUPS',
        `Expected one parameter group but received ${listOf(params)?.length ?? 'more'}; LBFGS has one set of options for all parameters, as torch's`,
      );
    }
    if (list.length === 0 && isGroupInit(item)) group = item;
    else list.add(item);
  }
  if (group === undefined) {
    const handle = makeGroup(list.finish(), constructorOptions);
    return { defaults: Object.freeze(constructorOptions), handle };
  }
  const { params: groupParams, options: groupOptions } = splitGroup(group);
  // A maxEval that was not given follows the group's own maxIter.
  const base = { ...constructorOptions, maxEval: own.maxEval ?? null };
  for (const item of iterate(groupParams)) list.add(item);
  const handle = makeGroup(list.finish(), resolveOptions(groupOptions, base, 'a group'));
  return { defaults: Object.freeze(constructorOptions), handle };
}

function isGroupInit(item: unknown): item is ParamGroupInit {
  return isObject(item) && Object.hasOwn(item, 'params');
}

/** The parts of a group, each read once. */
function splitGroup(group: ParamGroupInit): { params: unknown; options: LBFGSOptions } {
  const own = checkKeys(group, ['params', ...OPTION_NAMES], 'a group');
  return { params: own.params, options: pick(own, OPTION_NAMES) };
}

/** The group as users see it, which checks what they assign, and as the optimiser reads and extends it. */
export interface GroupHandle {
  readonly group: ParamGroup;
  readonly current: Readonly<ParamGroup>;
  /** The group with the parameters of `added` behind its own; refuses what the one group cannot take. */
  readonly extendedBy: (added: ParamGroupInit) => Readonly<ParamGroup>;
  readonly setParams: (params: readonly ParameterLike[]) => void;
}

function makeGroup(params: readonly ParameterLike[], options: ResolvedOptions): GroupHandle {
  const current = { params, ...options };
  const group = new Proxy<ParamGroup>(current, {
    // @ts-expect-error: the type of a handler does not have it; without it traps would be looked for on Object.prototype
    __proto__: null,
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
  return { group, current, extendedBy: (added) => extend(current, added), setParams };
}

function assignOption(options: ResolvedOptions, name: string, value: unknown): void {
  if (name === 'params') refuseChange(name);
  checkKeys({ [name]: value }, OPTION_NAMES, 'a group');
  checkOption(name as keyof ResolvedOptions, value);
  if (name === 'comm' && value !== options.comm) refuseChange(name);
  (options as unknown as Record<string, unknown>)[name] = value;
  options.maxEval = resolveMaxEval(options.maxEval, options.maxIter);
}

function refuseChange(name: string | symbol): never {
  throw typeError(
    'ERR_LBFGS_PARAM_GROUPS',
    `Expected an assignment to an option of the group but received a change of ${String(name)}; addParamGroup adds parameters, comm is that of the constructor`,
  );
}

function extend(group: Readonly<ParamGroup>, added: ParamGroupInit): Readonly<ParamGroup> {
  if (!isGroupInit(added)) throw wrongType('a group ({ params: [parameter] })', 'addParamGroup', added);
  const { params, options: given } = splitGroup(added);
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
  const list = new ParameterList();
  for (const parameter of group.params) list.add(parameter);
  for (const item of iterate(params)) list.add(item);
  if (list.length === group.params.length) throw noParameter();
  return { ...group, params: list.finish() };
}
