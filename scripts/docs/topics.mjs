// A plugin of TypeDoc. It groups the exports of the main entry point by topic in the API of the site. The other entry
// points are a topic each. An export without a topic causes a warning, which typedoc.json makes an error. Types that
// are written as the type of a method, `{ evaluate(…): number }['evaluate']`, are shown as functions.

import {
  Application,
  CommentTag,
  Converter,
  DeclarationReflection,
  IndexedAccessType,
  LiteralType,
  ReflectionKind,
  ReflectionType,
} from 'typedoc';

/** The exports by topic, in the order in which the site shows them. @type {Record<string, string[]>} */
const topics = {
  'Minimise a function': [
    'minimize',
    'minimizeAsync',
    'MinimizeOptions',
    'MinimizeResult',
    'Objective',
    'AsyncObjective',
    'Bound',
    'Bounds',
    'SolveStatus',
    'IterationInfo',
  ],
  'Fit a curve': ['curveFit', 'CurveFitData', 'CurveFitOptions', 'CurveFitParameter', 'CurveFitResult', 'FitLoss'],
  'Train parameters': [
    'LBFGS',
    'LBFGSOptions',
    'ResolvedOptions',
    'LineSearchFn',
    'Parameter',
    'ParameterConstructor',
    'ParameterInit',
    'ParameterLike',
    'NestedNumbers',
    'ParamGroup',
    'ParamGroupInit',
    'Closure',
    'AsyncClosure',
    'ClosureCall',
    'StepOptions',
    'StepReport',
    'StepStatus',
    'Dtype',
    'FloatArray',
  ],
  'Check and replace gradients': [
    'checkGradient',
    'CheckGradientOptions',
    'GradientCheck',
    'ParameterGradientCheck',
    'finiteDifferences',
    'FiniteDifferencesOptions',
    'DifferenceOrder',
    'ScalarFunction',
    'AsyncScalarFunction',
  ],
  'Save and observe': [
    'StateDict',
    'LBFGSState',
    'StateSummary',
    'HookInit',
    'RemovableHandle',
    'StepPreHook',
    'StepPostHook',
    'StateDictPreHook',
    'StateDictPostHook',
    'LoadStateDictPreHook',
    'LoadStateDictPostHook',
  ],
  'More than one machine': ['Communicator', 'dataParallel'],
  'Errors and memory': ['LBFGSError', 'ErrorCode', 'SearchFailure', 'SearchTrial', 'estimateMemory', 'MemoryInit'],
};

/** @type {Map<string, string>} */
const topicOf = new Map(Object.entries(topics).flatMap(([topic, names]) => names.map((name) => [name, topic])));

/** Gives an alias of the type of a method the signatures of that method. @param {DeclarationReflection} alias */
function showMethod(alias) {
  const { type, project } = alias;
  if (!(type instanceof IndexedAccessType && type.objectType instanceof ReflectionType)) return;
  const { objectType, indexType } = type;
  const method = objectType.declaration.children?.find(
    ({ name }) => indexType instanceof LiteralType && name === indexType.value,
  );
  if (method?.signatures === undefined) return;
  const literal = new DeclarationReflection('__type', ReflectionKind.TypeLiteral, alias);
  project.registerReflection(literal, undefined, undefined);
  literal.signatures = method.signatures;
  for (const signature of literal.signatures) {
    signature.parent = literal;
    signature.name = '__type';
    delete signature.comment; // that of the method; the alias has its own
  }
  delete method.signatures;
  project.removeReflection(objectType.declaration);
  alias.type = new ReflectionType(literal);
}

/** @param {Application} app */
export function load(app) {
  app.on(Application.EVENT_BOOTSTRAP_END, () => {
    app.options.setValue('categoryOrder', [...Object.keys(topics), '*']);
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const main = project.children?.find(({ kind, name }) => kind === ReflectionKind.Module && name === 'lbfgs');
    for (const alias of project.getReflectionsByKind(ReflectionKind.TypeAlias))
      if (alias instanceof DeclarationReflection) showMethod(alias);
    for (const reflection of main?.children ?? []) {
      const topic = topicOf.get(reflection.name);
      const comments = [reflection.comment, ...(reflection.signatures ?? []).map(({ comment }) => comment)];
      const comment = comments.find((each) => each !== undefined);
      if (topic === undefined) {
        app.logger.warn(`${reflection.name} is in no topic: add it to one in scripts/docs/topics.mjs`);
      } else {
        comment?.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: topic }]));
      }
    }
  });
}
