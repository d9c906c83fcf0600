// checkGradient for closures that return promises. It asks for one loss after the other and cannot wait, so it is asked again from the
// start, with the losses that are known by then, until it has them all.

import { checkGradient, type AsyncClosure, type Parameter, type ParameterGradientCheck } from 'lbfgs';

const unknown = new Error('not evaluated yet');

/** What `checkGradient(params, closure)` finds. */
export async function checkGradientAsync(
  parameters: readonly Parameter[],
  closure: AsyncClosure,
): Promise<ParameterGradientCheck> {
  const known = new Map<string, { loss: number; gradients: Float64Array[] }>();
  const valuesOf = (): Float64Array[] => parameters.map(({ data }) => Float64Array.from(data));
  const start = valuesOf();
  for (;;) {
    let asked: Float64Array[] = [];
    try {
      return checkGradient(parameters, () => {
        asked = valuesOf();
        const found = known.get(keyOf(asked));
        if (found === undefined) throw unknown;
        for (const [index, parameter] of parameters.entries()) parameter.grad = found.gradients[index]!;
        return found.loss;
      });
    } catch (error) {
      if (error !== unknown) throw error;
      for (const [index, { data }] of parameters.entries()) data.set(asked[index]!);
      const loss = await closure({});
      known.set(keyOf(asked), { loss, gradients: parameters.map(({ grad }) => Float64Array.from(grad ?? [])) });
      for (const [index, { data }] of parameters.entries()) data.set(start[index]!);
    }
  }
}

const keyOf = (values: readonly Float64Array[]): string => values.map((numbers) => numbers.join()).join(';');
