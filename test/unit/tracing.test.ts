// The tracing channel lbfgs:step, and the lines of NODE_DEBUG=lbfgs.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { tracingChannel } from 'node:diagnostics_channel';
import path from 'node:path';
import { LBFGS, minimize, minimizeAsync, Parameter } from 'lbfgs';

const square = (x: Float64Array, gradient: Float64Array): number => {
  gradient.set(x);
  return x.reduce((sum, value) => sum + (value * value) / 2, 0);
};
function training(): { optimizer: LBFGS; closure: () => number } {
  const parameters = [new Parameter([3, 4]), new Parameter(Float32Array.of(1))];
  const closure = (): number => {
    for (const parameter of parameters) parameter.grad = parameter.data.slice();
    return parameters.reduce(
      (sum, { data }) => sum + Array.from(data).reduce((part, value) => part + value ** 2 / 2, 0),
      0,
    );
  };
  return { optimizer: new LBFGS(parameters), closure };
}

/** The events meanwhile, with a copy of what came with them. */
async function eventsOf(work: () => unknown): Promise<{ event: string; message: Record<string, unknown> }[]> {
  const events: { event: string; message: Record<string, unknown> }[] = [];
  const hear = (event: string) => (message: object) => void events.push({ event, message: { ...message } });
  const [start, end, asyncStart, asyncEnd, error] = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map(hear);
  const subscribers = { start: start!, end: end!, asyncStart: asyncStart!, asyncEnd: asyncEnd!, error: error! };
  const channel = tracingChannel('lbfgs:step');
  channel.subscribe(subscribers);
  try {
    await work();
  } finally {
    channel.unsubscribe(subscribers);
  }
  return events;
}

describe('the tracing channel lbfgs:step', () => {
  it('tells of a step: its size, its status and its evaluations', async () => {
    const { optimizer, closure } = training();
    const events = await eventsOf(() => optimizer.step(closure));
    const { status, evaluations } = optimizer.lastStep!;
    assert.deepEqual(events, [
      { event: 'start', message: { call: 'step', n: 3 } },
      { event: 'end', message: { call: 'step', n: 3, status, evaluations, result: undefined } },
    ]);
  });

  it('tells of stepAsync as of a promise', async () => {
    const { optimizer, closure } = training();
    const events = await eventsOf(() => optimizer.stepAsync(() => Promise.resolve(closure())));
    assert.deepEqual(
      events.map(({ event }) => event),
      ['start', 'end', 'asyncStart', 'asyncEnd'],
    );
    const { status, evaluations } = optimizer.lastStep!;
    assert.deepEqual([events[3]!.message['status'], events[3]!.message['evaluations']], [status, evaluations]);
  });

  it('tells of minimize and minimizeAsync, whose arrays are not in it', async () => {
    for (const call of ['minimize', 'minimizeAsync'] as const) {
      const run = call === 'minimize' ? minimize : minimizeAsync;
      const events = await eventsOf(() => run(square, [3, 4]));
      const { message } = events.at(-1)!;
      assert.deepEqual([message['call'], message['n'], message['status']], [call, 2, 'converged_gradient']);
      assert.ok((message['evaluations'] as number) > 0);
      const arrays = (value: unknown): boolean =>
        ArrayBuffer.isView(value) || (typeof value === 'object' && value !== null && Object.values(value).some(arrays));
      assert.ok(!events.some(({ message }) => arrays(message)));
    }
  });

  it('tells of the error that a closure throws, which passes through', async () => {
    const { optimizer } = training();
    const mine = new Error('mine');
    const throws = (): never => {
      throw mine;
    };
    const events = await eventsOf(() => {
      assert.throws(
        () => optimizer.step(throws),
        (error) => error === mine,
      );
    });
    assert.deepEqual(
      events.map(({ event }) => event),
      ['start', 'error', 'end'],
    );
    assert.equal(events[1]!.message['error'], mine);
    assert.equal('status' in events[2]!.message, false);
  });
});

describe('NODE_DEBUG=lbfgs', () => {
  it('prints a line at the end of each step', () => {
    const program = `const { minimize } = require('lbfgs'); minimize((x, g) => ((g[0] = x[0]), x[0] ** 2 / 2), [1]);`;
    const root = path.join(__dirname, '..', '..');
    const env = { ...process.env, NODE_DEBUG: 'lbfgs' };
    const { stderr } = spawnSync(process.execPath, ['-e', program], { cwd: root, env, encoding: 'utf8' });
    assert.match(stderr, /^LBFGS \d+: converged_gradient after \d+ iterations, \d+ evaluations: loss 0, max\|g\| 0$/m);
  });
});
