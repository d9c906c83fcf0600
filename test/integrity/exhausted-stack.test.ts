import assert from 'node:assert/strict';
import { LBFGS, type ParameterLike } from 'lbfgs';

interface Trained {
  parameter: ParameterLike;
  optimizer: LBFGS;
  closure: () => number;
  calls: number;
  /** The evaluation, counted from the second step's first, that throws. */
  faulty: number;
}

const FAULT = new Error('the closure threw');

/** An optimiser after one step. Its closure calls nothing, so that it runs wherever a step can call it. */
function train(lineSearchFn: 'strong_wolfe' | null): Trained {
  const data = Float64Array.of(-1.2, 1, 0.5, 2);
  const grad = new Float64Array(4);
  const parameter = { data, grad };
  const optimizer = new LBFGS([parameter], { lineSearchFn, maxIter: 5, lr: lineSearchFn === null ? 1e-3 : 1 });
  const closure = (): number => {
    trained.calls++;
    if (trained.calls === trained.faulty) throw FAULT;
    let loss = 0;
    for (let i = 0; i < 4; i += 2) {
      const a = data[i + 1]! - data[i]! * data[i]!;
      const b = 1 - data[i]!;
      loss += 100 * a * a + b * b;
      grad[i] = -400 * a * data[i]! - 2 * b;
      grad[i + 1] = 200 * a;
    }
    return loss;
  };
  const trained: Trained = { parameter, optimizer, closure, calls: 0, faulty: 0 };
  optimizer.step(closure);
  trained.calls = 0;
  trained.faulty = 3;
  return trained;
}

/** Calls work where there is room for so many more calls of a small function on the stack. */
function nearTheEnd(room: number, work: () => void): void {
  let left = room;
  const descend = (): void => {
    try {
      descend();
    } catch (error) {
      if (left-- > 0) throw error;
      work();
    }
  };
  descend();
}

/** What a step leaves whose third evaluation throws, with room enough. */
function expectedAfter(mode: 'strong_wolfe' | null): { data: number[]; state: unknown } {
  const { parameter, optimizer, closure } = train(mode);
  assert.throws(() => optimizer.step(closure), FAULT);
  return { data: Array.from(parameter.data), state: optimizer.stateDict() };
}

describe('a closure that throws where the stack is exhausted', function () {
  this.timeout(600_000); // on an instrumented addon, to fill the stack takes seconds

  for (const mode of ['strong_wolfe', null] as const) {
    it(`leaves the last accepted point, the state of the last iteration and the error as it was, ${mode}`, () => {
      const expected = expectedAfter(mode);
      let reached = 0;
      for (let room = 0; room < 300; room += 15) {
        const trained = train(mode);
        const { parameter, optimizer, closure } = trained;
        const before = { data: Array.from(parameter.data), state: optimizer.stateDict() };
        let thrown: unknown;
        nearTheEnd(room, () => {
          try {
            optimizer.step(closure);
          } catch (error) {
            thrown = error;
          }
        });
        const left = { data: Array.from(parameter.data), state: optimizer.stateDict() };
        if (trained.calls < trained.faulty) {
          assert.ok(thrown instanceof RangeError, 'the stack was exhausted before the fault');
          if (trained.calls === 0) assert.deepEqual(left, before);
        } else {
          reached++;
          assert.equal(thrown, FAULT);
          assert.deepEqual(left, expected, `room for ${room}`);
        }
        trained.faulty = 0;
        optimizer.step(closure);
        assert.ok(optimizer.lastStep!.loss <= optimizer.lastStep!.initialLoss);
      }
      assert.ok(reached > 5, `${reached}`);
    });
  }

  it('does not leave the optimiser busy, stepAsync', async () => {
    for (let room = 0; room < 300; room += 15) {
      const trained = train('strong_wolfe');
      trained.faulty = 1;
      let step: Promise<unknown> = Promise.resolve();
      nearTheEnd(room, () => {
        try {
          step = trained.optimizer.stepAsync(trained.closure);
        } catch {
          // no room for the call itself
        }
      });
      await step.catch(() => undefined);
      trained.faulty = 0;
      trained.optimizer.step(trained.closure);
      assert.ok(trained.optimizer.lastStep!.iterations > 0);
    }
  });
});

describe('a closure that exhausts the stack itself', () => {
  it('ends the step with its error, at the last accepted point', () => {
    const expected = expectedAfter('strong_wolfe');
    const { parameter, optimizer, closure } = train('strong_wolfe');
    const endless = (): number => endless();
    let calls = 0;
    assert.throws(() => optimizer.step(() => (++calls === 3 ? endless() : closure())), RangeError);
    assert.deepEqual({ data: Array.from(parameter.data), state: optimizer.stateDict() }, expected);
  });
});
