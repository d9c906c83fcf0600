// The class of optimisers that a model takes: TensorFlow.js's own, whose step is one of LBFGS.

import { LBFGS, LBFGSError, Parameter, type LBFGSOptions, type StepOptions, type StepReport } from '../index';
import { dispose } from '../checks/dispose';
import { checkOptionsObject, checkStepValues, STEP_OPTION_NAMES } from '../checks/given-options';
import { isObject } from '../checks/own';
import { checkFunction, wrongType } from '../checks/refusals';
import { Surplus } from './tfjs-evaluation';
import { Session } from './tfjs-session';
import { packState, unpackState } from './tfjs-state';
import type {
  Config,
  Evaluation,
  NamedTensorLike,
  OptimizerLike,
  SerializableClass,
  SerializableLike,
  TensorFlowLike,
  TensorLike,
  VariableLike,
} from './tfjs-types';
import { trainable } from './tfjs-variables';
import { Watch, type NoisyLoss } from './tfjs-watch';

/** Options of `lbfgs(tf, options)`. */
export interface TfjsOptions extends LBFGSOptions, StepOptions {
  /**
   * What happens where the loss changes by more than 1e-3 of itself at unchanged parameters, or an evaluation assigns
   * to variables that are not being trained: `'warn'`, the default, emits one warning of the process for each, with the
   * code `ERR_LBFGS_NOISY_LOSS` or `ERR_LBFGS_MOVING_VARIABLE`; `'error'` throws an `LBFGSError` with this code;
   * `'ignore'` does neither.
   */
  noisyLoss?: NoisyLoss;
}

/** What an optimiser of `lbfgs(tf)` has beside the methods of `tf.Optimizer`. */
export interface Trainer {
  /** The report of the last step, that is of the last batch; null before the first one. */
  readonly lastStep: StepReport | null;
  /** Evaluations of the loss and its gradient by this optimiser so far. */
  readonly evaluations: number;
  /** Frees the native memory. `model.dispose()` does not dispose of an optimiser that was passed to `compile`. */
  dispose(): void;
  /** Does the same as `dispose`, for `using`. */
  [Symbol.dispose](): void;
}

/** The optimiser's class, made once for each TensorFlow.js. */
export type TrainerClass = new (options?: TfjsOptions) => OptimizerLike & SerializableLike & Trainer;

const DEFAULTS: LBFGSOptions = { lineSearchFn: 'strong_wolfe', historySize: 10 };
const classes = new WeakMap<object, TrainerClass>();
/** The class of callbacks that comes with a class of optimisers, once a module has had both. */
const callbacks = new WeakMap<object, NonNullable<TensorFlowLike['Callback']>>();
const modules = new WeakMap<object, TensorFlowLike>();

/** The class of callbacks that know their model, undefined where only tfjs-core is known. */
export function callbackOf(trainer: Trainer): TensorFlowLike['Callback'] {
  const tf = isObject(trainer) ? modules.get(trainer) : undefined;
  if (tf === undefined) throw wrongType('an optimizer that lbfgs(tf) has made', 'the trainer', trainer);
  return callbacks.get(tf.Optimizer);
}

export function checkModule(tf: TensorFlowLike): void {
  const parts: readonly (keyof TensorFlowLike)[] = ['Optimizer', 'engine', 'tensor', 'variableGrads', 'serialization'];
  const isModule = (isObject(tf) || typeof tf === 'function') && parts.every((part) => part in tf);
  if (isModule) return;
  throw wrongType('the module of TensorFlow.js', 'tf', tf, "; import * as tf from '@tensorflow/tfjs', or tfjs-core");
}

/** The options of the class LBFGS, those of a step, and `noisyLoss`. An option that is undefined counts as absent. */
function split(options: TfjsOptions): { own: LBFGSOptions; ofStep: StepOptions; noisyLoss: NoisyLoss | undefined } {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const { onIteration, signal, timeLimit, onFailure, noisyLoss, ...own } = Object.fromEntries(given) as TfjsOptions;
  return {
    own: { ...DEFAULTS, ...own },
    ofStep: { onIteration, signal, timeLimit, onFailure } as StepOptions,
    noisyLoss,
  };
}

/** Throws for options that do not fit when the optimiser is made, rather than in its first step. */
function tryOptions(own: LBFGSOptions, ofStep: StepOptions): void {
  new LBFGS([new Parameter([0])], own)[dispose]();
  checkStepValues(ofStep);
}

/**
 * The options of a loaded model. TensorFlow.js has turned their text into camel case, and has added the key
 * customObjects.
 */
function restored(config: object): TfjsOptions {
  const options = Object.fromEntries(Object.entries(config).filter(([key]) => key !== 'customObjects'));
  const search: unknown = options['lineSearchFn'];
  const name = typeof search === 'string' && search.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return { ...options, ...(name !== false && { lineSearchFn: name as 'strong_wolfe' }) };
}

/** The class for this TensorFlow.js, which is registered with it. */
export function classFor(tf: TensorFlowLike): TrainerClass {
  checkModule(tf);
  if (tf.Callback !== undefined) callbacks.set(tf.Optimizer, tf.Callback);
  const known = classes.get(tf.Optimizer);
  if (known !== undefined) return known;
  const Class = makeClass(tf);
  tf.serialization.registerClass(Class);
  classes.set(tf.Optimizer, Class);
  return Class;
}

function makeClass(tf: TensorFlowLike): TrainerClass & SerializableClass {
  return class LBFGSOptimizer extends tf.Optimizer {
    static readonly className = 'LBFGS';
    static fromConfig(_: unknown, config: object = {}): SerializableLike {
      return new LBFGSOptimizer(restored(config));
    }

    readonly #session: Session;
    readonly #config: Config;
    readonly #saved: TensorLike[] = [];
    #iterations = 0;

    constructor(options: TfjsOptions = {}) {
      super();
      if (typeof options === 'number') {
        const hint = '; a learning rate goes in as { lr }, and L-BFGS needs none';
        throw wrongType('an object', 'the options of lbfgs', options, hint);
      }
      checkOptionsObject(options, STEP_OPTION_NAMES, 'lbfgs');
      const { own, ofStep, noisyLoss } = split(options);
      const surplus = new Surplus();
      const watch = new Watch(tf, surplus, noisyLoss);
      tryOptions(own, ofStep);
      this.#session = new Session(tf, own, ofStep, surplus, watch);
      const { timeLimit } = ofStep;
      this.#config = Object.fromEntries(
        Object.entries({ ...own, timeLimit, noisyLoss }).filter(([, value]) => value !== undefined),
      ) as Config;
      modules.set(this, tf);
    }

    get lastStep(): StepReport | null {
      return this.#session.lastStep;
    }

    get evaluations(): number {
      return this.#session.evaluations;
    }

    get iterations(): number {
      return this.#iterations;
    }

    minimize(f: () => TensorLike, returnCost = false, variables?: VariableLike[]): TensorLike | null {
      checkFunction(f, 'f');
      const list = (variables as VariableLike[] | undefined | null) ?? this.#session.dependencies(f);
      const cost = this.#session.step(f, trainable(list));
      this.#iterations += 1;
      if (returnCost) return cost;
      cost.dispose();
      return null;
    }

    override computeGradients(f: () => TensorLike, variables?: VariableLike[]): Evaluation {
      return tf.variableGrads(f, variables);
    }

    applyGradients(): never {
      throw new LBFGSError(
        'ERR_LBFGS_NEEDS_CLOSURE',
        'Expected a function of the loss for minimize but received gradients; L-BFGS evaluates the loss several times ' +
          'in a step: call optimizer.minimize(f, returnCost, variables)',
      );
    }

    getClassName(): string {
      return LBFGSOptimizer.className;
    }

    getConfig(): Config {
      return { ...this.#config };
    }

    async saveIterations(): Promise<NamedTensorLike> {
      return Promise.resolve(this.#save('iter', Int32Array.of(this.#iterations), []));
    }

    /** The tensors are valid until the next call or `dispose`: a model that saves them does not dispose them. */
    async getWeights(): Promise<NamedTensorLike[]> {
      const stored = this.#session.save();
      this.#forget();
      const weights = [await this.saveIterations()];
      const words = stored && packState(stored);
      if (words !== undefined) weights.push(this.#save('lbfgs/state', words, [words.length]));
      return weights;
    }

    #save(name: string, words: Int32Array, shape: number[]): NamedTensorLike {
      const tensor = tf.tensor(words, shape, 'int32');
      this.#saved.push(tensor);
      return { name, tensor };
    }

    #forget(): void {
      for (const tensor of this.#saved.splice(0)) tensor.dispose();
    }

    async setWeights(weights: NamedTensorLike[]): Promise<void> {
      const [iterations, words] = await Promise.all(weights.map(({ tensor }) => tensor.data()));
      this.#session.load(words === undefined ? undefined : unpackState(words));
      this.#iterations = iterations?.[0] ?? 0;
    }

    override dispose(): void {
      this.#forget();
      this.#session.dispose();
    }

    [dispose](): void {
      this.dispose();
    }
  };
}
