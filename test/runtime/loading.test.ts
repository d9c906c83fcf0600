import assert from 'node:assert/strict';
import vm from 'node:vm';
import { LBFGS, type FloatArray } from 'lbfgs';
import { leavingNode, node } from './processes';

const NAMES = ['LBFGS', 'LBFGSError', 'Parameter', 'checkGradient', 'minimize'];
const SOLVE = 'console.log(minimize(([x], g) => { g[0] = 2 * (x - 3); return (x - 3) ** 2; }, [0]).x[0])';

describe('the package', () => {
  it('is loaded by require', async () => {
    assert.equal(await node('-e', `const { minimize } = require('lbfgs'); ${SOLVE}`), '3');
  });

  it('is loaded by import', async () => {
    assert.equal(await node('--input-type=module', '-e', `import { minimize } from 'lbfgs'; ${SOLVE}`), '3');
  });

  it('has the same names and the same classes by either way', async () => {
    const program = `
      const required = require('lbfgs');
      import('lbfgs').then((imported) => {
        const same = Object.keys(required).filter((name) => imported[name] === required[name]);
        console.log(JSON.stringify([same.sort(), Object.keys(imported).sort()]));
      });`;
    const [same, imported] = JSON.parse(await node('-e', program)) as string[][];
    assert.deepEqual(same, imported);
    assert.deepEqual(
      NAMES.filter((name) => !same!.includes(name)),
      [],
    );
  });

  it('says what to do where there is no binary for it', async () => {
    const program = `
      process.env.LBFGS_PREBUILD = '/nowhere';
      try { require('lbfgs'); } catch ({ name, code, message, cause }) { console.log(JSON.stringify([name, code, message, cause.message])); }`;
    const [name, code, message, cause] = JSON.parse(await node('-e', program)) as string[];
    assert.deepEqual([name, code], ['LBFGSError', 'ERR_LBFGS_NATIVE']);
    const { platform, arch } = process;
    assert.ok(message!.startsWith(`Expected a native addon for ${platform}-${arch}`), message);
    assert.match(
      message!,
      / but received none: no lbfgs\.node in build\/Release and none that fits in prebuilds\/\w+-\w+, of \/nowhere\. /,
    );
    assert.match(
      message!,
      / The environment variable LBFGS_PREBUILD names the folder that is looked into: unset it, or let it /,
    );
    assert.equal(cause, 'No file of that name is there');
  });

  it('refuses a binary of another version, whose numbers have another order', async () => {
    const program = `
      const { dlopen } = process;
      process.dlopen = (module, ...rest) => {
        dlopen.call(process, module, ...rest);
        module.exports.layout = module.exports.layout.replace('lr maxIter', 'maxIter lr');
      };
      try { require('lbfgs'); } catch ({ name, code, message }) { console.log(JSON.stringify([name, code, message])); }`;
    const [name, code, message] = JSON.parse(await node('-e', program)) as string[];
    assert.deepEqual([name, code], ['LBFGSError', 'ERR_LBFGS_NATIVE']);
    assert.match(message!, /^Expected a native addon of this version of lbfgs but received one of another; /);
  });

  it('leaves a process free to end, also in the middle of a step', async () => {
    const program = (end: string): string => `
      const { LBFGS, Parameter } = require('lbfgs');
      const optimizer = new LBFGS([new Parameter([1])]);
      optimizer.step(() => { console.log('in the closure'); ${end}; return 1; });`;
    assert.equal(await leavingNode('-e', program('process.exit(0)')), 'in the closure');
    assert.equal(await node('-e', program('')), 'in the closure');
  });

  it('keeps no process alive that an error ends', async () => {
    const program =
      "const { LBFGS, Parameter } = require('lbfgs'); new LBFGS([new Parameter([1])]).step(() => { throw new Error('enough'); });";
    await assert.rejects(leavingNode('-e', program), /enough/);
  });
});

describe('arrays of another realm', () => {
  it('are optimised like any other', () => {
    const foreign = (): FloatArray => vm.runInNewContext('Float64Array.of(4)') as FloatArray;
    const parameter = { data: foreign(), grad: foreign() };
    const optimizer = new LBFGS([parameter]);
    optimizer.step(() => {
      parameter.grad[0] = 2 * (parameter.data[0]! - 3);
      return (parameter.data[0]! - 3) ** 2;
    });
    assert.ok(!(parameter.data instanceof Float64Array));
    assert.ok(Math.abs(parameter.data[0]! - 3) < 1e-6);
  });
});
