import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import path from 'node:path';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from 'lbfgs/safetensors';
import { untyped } from '../problems/refusal';
import { takeApart, trained } from './checkpoints';
import { assertRefused, edited, withField } from './spoiled';
import { hasTorch } from './torch';

const NAMES = [
  'epoch',
  '',
  '__proto__',
  'constructor',
  'format',
  'version',
  'state.0.t',
  'metadata.x',
  '0',
  'é"\\\n\u2028😀',
];
const METADATA = Object.fromEntries(NAMES.map((name, index) => [name, `${index}: ${name}`]));

const checkpoint = (metadata?: unknown): Checkpoint => ({
  state: trained(2).optimizer.stateDict(),
  ...(metadata !== undefined && { metadata: untyped(metadata) }),
});

describe('metadata of a checkpoint', () => {
  it('comes back as it was given, whatever its names', () => {
    const bytes = encodeCheckpoint(checkpoint(METADATA));
    const decoded = decodeCheckpoint(bytes);
    assert.deepEqual(decoded.metadata, METADATA);
    assert.deepEqual(decoded.state, checkpoint().state);
    assert.deepEqual(encodeCheckpoint(decoded), bytes);
  });

  it('is plain text behind a prefix, apart from the fields of the format', () => {
    const [plain, more] = [checkpoint(), checkpoint({ epoch: '3', version: '9' })].map((each) =>
      takeApart(encodeCheckpoint(each)),
    );
    assert.deepEqual(more!.metadata, { ...plain!.metadata, 'metadata.epoch': '3', 'metadata.version': '9' });
  });

  it('is absent where none was given', () => {
    for (const none of [undefined, {}, null]) {
      assert.equal('metadata' in decodeCheckpoint(encodeCheckpoint(checkpoint(none))), false);
    }
    assert.equal(decodeCheckpoint(withField('metadata.epoch', '3')).metadata?.['epoch'], '3');
  });

  const refused: Readonly<Record<string, readonly [unknown, RegExp]>> = {
    'a number': [
      { epoch: 3 },
      /^Expected text for metadata\.epoch of the checkpoint but received 3; make it text: String\(value\)$/,
    ],
    'a boolean': [{ best: true }, /text for metadata\.best .* received true; make it text: String\(value\)$/],
    'a bigint': [{ seed: 1n }, /text for metadata\.seed .* received 1n; make it text: String\(value\)$/],
    undefined: [{ seed: undefined }, /text for metadata\.seed .* received undefined$/],
    null: [{ a: 'b', seed: null }, /text for metadata\.seed .* received null$/],
    'an object': [{ options: {} }, /text for metadata\.options .* an Object; make it text: JSON\.stringify\(value\)$/],
    'a Symbol': [{ tag: Symbol('x') }, /text for metadata\.tag .* Symbol\(x\); make it text: String\(value\)$/],
    'half of a surrogate pair': [{ a: '\ud800' }, /well-formed text for metadata\.a /],
    'half of a surrogate pair in a name': [{ '\udc00': 'a' }, /well-formed text for a name of the metadata/],
    'a list': [['3'], /an object of text by name for metadata .* an array of 1$/],
    'a Map': [new Map([['epoch', 3]]), /an object of text by name for metadata .* a Map$/],
    'text alone': ['epoch 3', /an object of text by name for metadata .* 'epoch 3'$/],
    'more than a header can hold': [{ a: 'x'.repeat(1e7) }, /at most 10000000 bytes for the header length/],
  };
  for (const [what, [metadata, message]] of Object.entries(refused)) {
    it(`refuses ${what} and names the field`, () => {
      assert.throws(() => encodeCheckpoint(checkpoint(metadata)), { code: 'ERR_LBFGS_CHECKPOINT', message });
    });
  }

  it('that was read and could not be written is refused', () => {
    assertRefused(
      edited(({ metadata }) => (metadata['metadata.a'] = '\ud800')),
      /well-formed text for metadata\.a/,
    );
    assertRefused(
      edited(({ metadata }) => (metadata['metadata.\ud800'] = 'a')),
      /well-formed text for a name of the metadata/,
    );
  });
});

describe('metadata between Node and PyTorch', () => {
  if (!hasTorch()) {
    it('is left out: no torch in /usr/bin/python3', () => {
      console.log('    left out: metadata that moves between torch and Node (Debian: apt-get install python3-torch)');
    });
    return;
  }

  const program = `
import sys, json, torch, lbfgs_checkpoint as c
theirs, ours = sys.argv[1:]
metadata = c.load_metadata(theirs)
parameter = torch.zeros(4, dtype=torch.float64)
optimizer = torch.optim.LBFGS([parameter])
state, _ = c.load(theirs)
state["param_groups"][0]["params"] = [0]
optimizer.load_state_dict(state)
c.save(ours, optimizer, {}, metadata)
for wrong in ({"epoch": 3}, {"epoch": "\\ud800"}):
    try:
        c.save(ours + ".wrong", optimizer, {}, wrong)
        sys.exit("written: " + repr(wrong))
    except ValueError as error:
        assert "epoch" in str(error) or "surrogates" in str(error), error
json.dump(metadata, sys.stdout)
`;

  it('comes back to the letter, and what is no text is a ValueError', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lbfgs-metadata-'));
    try {
      const [theirs, ours] = ['node', 'torch'].map((by) => path.join(folder, by)) as [string, string];
      fs.writeFileSync(theirs, encodeCheckpoint(checkpoint(METADATA)));
      const env = { ...process.env, LD_PRELOAD: '', PYTHONPATH: path.join(__dirname, '../../examples/pytorch') };
      const { status, stdout, stderr } = spawnSync('/usr/bin/python3', ['-B', '-c', program, theirs, ours], { env });
      assert.equal(status, 0, String(stderr));
      assert.deepEqual(JSON.parse(String(stdout)), METADATA);
      assert.deepEqual(decodeCheckpoint(fs.readFileSync(ours)).metadata, METADATA);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
