// Training that moves between torch and Node, through the files and the script that users would use.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import path from 'node:path';
import { decodeCheckpoint, encodeCheckpoint, type DecodedCheckpoint } from 'lbfgs/safetensors';
import { cases, deviation, Run, type Case } from '../parity/golden';
import { hasTorch, train, type Job, type Report } from './torch';

/** Both modes, both dtypes, several tensors, one of them scalar, empty or without a gradient, short and long histories. */
const IDS = [
  'pub-quad_cond100-B',
  'pub-quad_cond1e6-D',
  'pub-penalty1_10-B',
  'pub-penalty1_10-F',
  'pub-powell_singular-F',
  'pub-powell_singular-J',
  'pub-quad_cond100-J',
  'pub-rosenbrock10_odd_tensors-B',
  'pub-rosenbrock10_tensors-grad-none-1',
];

/** How far a record is reproducible when sums are rounded differently (test/golden/README.md), and ten times its own tolerance. */
const DEMANDS = {
  float64: { reach: 'f_rel_1e-09', tolerance: 1e-8 },
  float32: { reach: 'f_rel_1e-06', tolerance: 1e-5 },
} as const;

let folder = '';
const problems = JSON.parse(fs.readFileSync(path.join(__dirname, '../golden/problems.json'), 'utf8')) as Record<
  string,
  Pick<Job, 'func' | 'data' | 'x0'>
>;

function jobOf(recorded: Case): Omit<Job, 'steps' | 'saves'> {
  const { func, data, x0 } = problems[recorded.problem]!;
  const { dtype, shapes, options, fault } = recorded;
  return { func, data, x0, dtype, shapes, options, frozen: fault?.param ?? null };
}

/** The name of a checkpoint of the case `by` one side, taken before step `at`. */
function fileOf(recorded: Case, by: 'torch' | 'node' | 'torch-again', at: number): string {
  return path.join(folder, `${recorded.id}-${by}-${at}.safetensors`);
}

function read(file: string): DecodedCheckpoint {
  return decodeCheckpoint(fs.readFileSync(file));
}

function write(file: string, run: Run): void {
  const parameters = Object.fromEntries(run.params.map((parameter, index) => [`x${index}`, parameter]));
  fs.writeFileSync(file, encodeCheckpoint({ state: run.optimizer.stateDict(), parameters }));
}

function resume(recorded: Case, file: string): Run {
  const run = new Run(recorded);
  const { state, parameters } = read(file);
  run.optimizer.loadStateDict(state);
  for (const [index, { data, shape }] of run.params.entries()) {
    assert.deepEqual(parameters[`x${index}`]!.shape, shape);
    data.set(parameters[`x${index}`]!.data);
  }
  return run;
}

function stepsOf(recorded: Case): number {
  return recorded.actions.length;
}

/** Every place where a run can be interrupted and something is left to compare. */
function interruptions(recorded: Case): number[] {
  return Array.from({ length: stepsOf(recorded) - 1 }, (_, index) => index + 1);
}

/** Losses seen after the interruption, against those of torch alone, as far as the record is reproducible. */
function assertAgree(recorded: Case, alone: Report, at: number, losses: readonly number[]): void {
  const { reach, tolerance } = DEMANDS[recorded.dtype];
  const expected = alone.losses.slice(alone.ends[at], recorded.horizon[reach]);
  assert.ok(expected.length > 0, 'nothing to compare');
  assert.ok(losses.length >= expected.length, `${losses.length} evaluations, ${expected.length} reproducible`);
  for (const [index, loss] of expected.entries()) {
    const off = deviation([losses[index]!], [loss]);
    assert.ok(off <= tolerance, `evaluation ${index} after step ${at}: the loss is off by ${off}`);
  }
}

describe('exchange with PyTorch', () => {
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lbfgs-exchange-'));
  });
  after(() => {
    fs.rmSync(folder, { recursive: true });
  });

  if (!hasTorch()) {
    it('is left out: no torch in /usr/bin/python3', () => {
      console.log('    left out: training that moves between torch and Node (Debian: apt-get install python3-torch)');
    });
    return;
  }

  const chosen = cases.filter(({ id }) => IDS.includes(id));
  const moves = chosen.flatMap((recorded) => interruptions(recorded).map((at) => ({ recorded, at })));
  const alone = new Map<Case, Report>();
  /** Of torch, from its own checkpoints and from ours. */
  const resumed = { torch: new Map<string, Report>(), node: new Map<string, Report>() };

  before(() => {
    const whole = chosen.map((recorded) => {
      const steps = stepsOf(recorded);
      const saves = Array.from({ length: steps }, (_, at) => fileOf(recorded, 'torch', at));
      return { ...jobOf(recorded), steps, saves };
    });
    for (const [index, report] of train(whole).entries()) alone.set(chosen[index]!, report);
    for (const recorded of chosen) {
      const run = new Run(recorded);
      for (let at = 0; at < stepsOf(recorded); at++) {
        write(fileOf(recorded, 'node', at), run);
        run.optimizer.step(run.closure);
      }
    }
    for (const by of ['torch', 'node'] as const) {
      const rest = moves.map(({ recorded, at }) => {
        const saves = by === 'node' ? [fileOf(recorded, 'torch-again', at)] : [];
        return { ...jobOf(recorded), load: fileOf(recorded, by, at), steps: stepsOf(recorded) - at, saves };
      });
      for (const [index, report] of train(rest).entries()) resumed[by].set(rest[index]!.load, report);
    }
  });

  it('has all the cases it names', () => {
    assert.deepEqual(chosen.map(({ id }) => id).sort(), [...IDS].sort());
    assert.ok(chosen.every(({ actions }) => actions.every(({ op }) => op === 'step')));
  });

  for (const { recorded, at } of moves) {
    const where = `${recorded.id} after step ${at} of ${stepsOf(recorded)}`;

    it(`goes on in Node where torch stopped: ${where}`, () => {
      const run = resume(recorded, fileOf(recorded, 'torch', at));
      for (let step = at; step < stepsOf(recorded); step++) run.optimizer.step(run.closure);
      const losses = run.trace.map(({ loss }) => loss);
      assertAgree(recorded, alone.get(recorded)!, at, losses);
    });

    it(`goes on in torch where Node stopped: ${where}`, () => {
      assertAgree(recorded, alone.get(recorded)!, at, resumed.node.get(fileOf(recorded, 'node', at))!.losses);
    });

    it(`goes on in torch to the bit from its own checkpoint: ${where}`, () => {
      const { losses, ends } = alone.get(recorded)!;
      assert.deepEqual(resumed.torch.get(fileOf(recorded, 'torch', at))!.losses, losses.slice(ends[at]));
    });

    it(`gets the very numbers back that it gave to torch: ${where}`, () => {
      const [given, back] = [read(fileOf(recorded, 'node', at)), read(fileOf(recorded, 'torch-again', at))];
      delete given.state.state[0]!.first_grad_norm; // what torch does not have
      assert.deepEqual(back.state, given.state);
      assert.deepEqual(back.parameters, given.parameters);
    });
  }

  it('takes the state of an optimiser that has not made a step', () => {
    for (const recorded of chosen) {
      const { state } = read(fileOf(recorded, 'torch', 0));
      assert.deepEqual(state, new Run(recorded).optimizer.stateDict());
    }
  });

  it('takes the state of a step that only evaluated, and gives it back', () => {
    const problem = { func: 'powell_singular', data: null, x0: [0, 0, 0, 0], dtype: 'float64', shapes: [[4]] };
    const job = { ...problem, options: {}, frozen: null };
    const [first, second] = [path.join(folder, 'evaluated'), path.join(folder, 'evaluated-again')];
    train([{ ...job, steps: 1, saves: [path.join(folder, 'fresh'), first] }]);
    const checkpoint = read(first);
    assert.deepEqual(checkpoint.state.state, { 0: { func_evals: 1, n_iter: 0 } });
    fs.writeFileSync(first, encodeCheckpoint(checkpoint));
    train([{ ...job, load: first, steps: 0, saves: [second] }]);
    assert.deepEqual(read(second), checkpoint);
  });

  it('is tried with histories that are full and with histories that are not', () => {
    const fullness = moves.map(({ recorded, at }) => {
      const { state, param_groups } = read(fileOf(recorded, 'node', at)).state;
      return state[0]!.old_dirs!.length === param_groups[0].history_size;
    });
    assert.deepEqual(new Set(fullness), new Set([true, false]));
  });
});
