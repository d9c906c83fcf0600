// The native half refuses what only a fault of this package's TypeScript, or a polluted prototype, can bring about.

import assert from 'node:assert/strict';
import { LBFGS, minimize, Parameter } from 'lbfgs';
import { Exchange } from '../../lib/native/exchange';
import { native } from '../../lib/native/native';

function makeNative(): { exchange: Exchange; optimizer: InstanceType<typeof native.NativeOptimizer> } {
  const exchange = new Exchange();
  for (const [field, value] of [
    ['lr', 1],
    ['maxIter', 20],
    ['maxEval', 25],
    ['historySize', 10],
    ['maxLs', 25],
    ['threads', 1],
  ] as const) {
    exchange.set(field, value);
  }
  return { exchange, optimizer: new native.NativeOptimizer([2], ['float64'], exchange.numbers) };
}

/** With this property of Object.prototype while work runs. */
function polluted(name: string, descriptor: PropertyDescriptor, work: () => void): void {
  Object.defineProperty(Object.prototype, name, { configurable: true, ...descriptor });
  try {
    work();
  } finally {
    Reflect.deleteProperty(Object.prototype, name);
  }
}

describe('the native optimiser', () => {
  it('refuses answers to what it has not asked', () => {
    const { optimizer } = makeNative();
    assert.throws(() => {
      native.tell(optimizer.handle);
    }, /answer/);
    assert.throws(() => {
      optimizer.proceed(true);
    }, /answer/);
    assert.throws(() => {
      optimizer.cancel(8);
    }, /in progress/);
    assert.throws(() => {
      optimizer.tellAsync(() => undefined);
    }, /answer/);
    assert.throws(() => {
      optimizer.proceedAsync(true, () => undefined);
    }, /answer/);
    assert.throws(() => {
      native.tell(1e9);
    }, /handle/);
  });

  it('refuses what it does not have', () => {
    const { exchange, optimizer } = makeNative();
    const longer = new native.NativeOptimizer([2, 1], ['float64', 'float64'], exchange.numbers);
    const pair = [new Float64Array(2), new Float64Array(2)] as const;
    for (const call of [
      () => {
        optimizer.exportPair(0, ...pair);
      },
      () => {
        optimizer.exportVectors(...pair);
      },
      () => {
        optimizer.mapData(1, pair[0]);
      },
      () => {
        optimizer.mapGrad(-1, pair[0]);
      },
      () => {
        optimizer.extend(1e9);
      },
      () => {
        optimizer.extend(optimizer.handle);
      },
      () => {
        optimizer.extend(longer.handle);
      },
      () => {
        optimizer.writeGradient();
      },
    ]) {
      assert.throws(call, Error);
    }
  });

  it('refuses everything once it is disposed of, a second time as well', () => {
    const { optimizer } = makeNative();
    const { handle } = optimizer;
    optimizer.dispose();
    for (const call of [
      () => {
        optimizer.begin(false);
      },
      () => {
        optimizer.readState();
      },
      () => {
        optimizer.rollBack(8, []);
      },
      () => {
        optimizer.reset();
      },
      () => {
        optimizer.dispose();
      },
      () => {
        native.tell(handle);
      },
    ]) {
      assert.throws(call, Error);
    }
  });

  it('starts a step anew where one still runs', () => {
    const { exchange, optimizer } = makeNative();
    optimizer.mapData(0, Float64Array.of(1, 2));
    optimizer.begin(false);
    assert.equal(exchange.asked, 1);
    optimizer.begin(false);
    assert.equal(exchange.asked, 1);
    optimizer.rollBack(8, []);
    assert.equal(exchange.status, 'stopped');
  });

  it('leaves arrays that have gone alone when it rolls back', () => {
    const { optimizer } = makeNative();
    const data = Float64Array.of(1, 2);
    optimizer.mapData(0, data);
    optimizer.begin(false);
    structuredClone(data, { transfer: [data.buffer] });
    optimizer.rollBack(8, [data]);
    optimizer.begin(false);
    optimizer.rollBack(8, [undefined]);
  });
});

describe('a polluted Object.prototype', () => {
  const solve = (): void => {
    const { x } = minimize(
      (at, gradient) => {
        gradient[0] = 2 * (at[0]! - 3);
        return (at[0]! - 3) ** 2;
      },
      [0],
    );
    assert.ok(Math.abs(x[0]! - 3) < 1e-6);
    const parameter = new Parameter([1]);
    const optimizer = new LBFGS([parameter]);
    optimizer.step(() => {
      parameter.grad = [2 * parameter.data[0]!];
      return parameter.data[0]! ** 2;
    });
    optimizer.loadStateDict(optimizer.stateDict());
  };

  it('with a read-only handle changes nothing', () => {
    polluted('handle', { value: 0, writable: false }, solve);
  });

  it('with a handle of getter and setter changes nothing', () => {
    polluted('handle', { get: () => 0, set: () => undefined }, solve);
  });
});
