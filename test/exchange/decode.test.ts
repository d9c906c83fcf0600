// Every way a checkpoint can be wrong, and the field that the message names.

import assert from 'node:assert/strict';
import { putTogether, withHeader } from './checkpoints';
import { assertRefused, edited, parts, SMALL, withEntry, withField } from './spoiled';

const dataLength = parts.data.length;
const pairs = (parts.entries['state.0.ro']!.shape as [number])[0];

describe('decodeCheckpoint refuses', () => {
  const header = (json: string): Uint8Array => withHeader(json);
  const length = (value: bigint): Uint8Array => {
    const bytes = new Uint8Array(SMALL);
    new DataView(bytes.buffer).setBigUint64(0, value, true);
    return bytes;
  };
  const twice = (text: string, replacement: string): Uint8Array => {
    assert.ok(parts.json.includes(text));
    return withHeader(parts.json.replace(text, replacement), parts.data);
  };
  const [begin, end] = parts.entries['state.0.d']!.data_offsets as [number, number];
  const format = '"format":"lbfgs-checkpoint"';

  const refusals: Record<string, readonly [Uint8Array, RegExp]> = {
    'no bytes': [new Uint8Array(), /at least 8 bytes for the header length of .* received 0/],
    'a header longer than the bytes': [length(BigInt(SMALL.length - 7)), /for the header length of/],
    'a header of 2^64 - 1 bytes': [length(2n ** 64n - 1n), /for the header length of .* received 18446744073709551615/],
    'a header longer than 10 MB': [header('{'.padEnd(1e7 + 1)), /at most 10000000 bytes for the header length of/],
    'a header of no bytes': [header(''), /'\{' as the first character for the header/],
    'a header that begins with a space': [
      header(` ${parts.json}`),
      /'\{' as the first character for the header of .* received ' '/,
    ],
    'a header with a byte order mark': [header(`\ufeff${parts.json}`), /'\{' as the first character for the header/],
    'a header that is no UTF-8': [withHeader(Uint8Array.of(0x7b, 0xff, 0x7d)), /UTF-8 for the header/],
    'a header that is no JSON': [header('{]'), /JSON for the header/],
    'brackets without end': [
      header(`{"a":${'['.repeat(1e6)}${']'.repeat(1e6)}}`),
      /an object for a of .* received an array of 1/,
    ],
    'no metadata': [header('{}'), /an object for __metadata__ of .* received undefined/],
    'metadata that is no object': [header('{"__metadata__":[]}'), /an object for __metadata__/],
    'metadata that is no text': [
      edited((all) => Object.assign(all.metadata, { version: 1 })),
      /text for version of .* received 1/,
    ],
    'another format': [withField('format', 'pt'), /'lbfgs-checkpoint' for format of .* received 'pt'/],
    'no format': [withField('format', undefined), /for format of .* received undefined/],
    'another version': [withField('version', '2'), /'1' for version of .* received '2'/],
    'metadata that are unknown': [withField('note', 'mine'), /no such field for note of/],
    'metadata of another parameter': [withField('state.1.t', '1'), /no such field for state\.1\.t of/],
    'an option that is no JSON': [
      withField('param_groups.0.lr', 'one'),
      /JSON for param_groups\.0\.lr of .* received 'one'/,
    ],
    'an option that is too large': [
      withField('param_groups.0.lr', '1e999'),
      /a finite number for param_groups\.0\.lr of .* received Infinity/,
    ],
    'an option of another type': [
      withField('param_groups.0.max_iter', '"1"'),
      /param_groups\.0\.max_iter of .* received '1'/,
    ],
    'an option that is missing': [
      withField('param_groups.0.max_eval', undefined),
      /an integer >= 0 for param_groups\.0\.max_eval of .* received nothing/,
    ],
    'an unknown line search': [
      withField('param_groups.0.line_search_fn', '"armijo"'),
      /param_groups\.0\.line_search_fn of .* received 'armijo'/,
    ],
    'other indices': [
      withField('param_groups.0.params', '[0,2]'),
      /the indices 0, 1, … for param_groups\.0\.params of/,
    ],
    'no counts': [withField('state.0.func_evals', undefined), /state\.0\.func_evals of .* received nothing/],
    'a negative count': [withField('state.0.n_iter', '-1'), /state\.0\.n_iter of .* received -1/],
    'a fractional count': [withField('state.0.n_iter', '1.5'), /state\.0\.n_iter of .* received 1\.5/],
    'vectors before the first iteration': [withField('state.0.n_iter', '0'), /no such field for state\.0\.t of/],
    'no step length': [withField('state.0.t', undefined), /a finite number for state\.0\.t of .* received nothing/],
    'more known entries than there are': [withField('state.0.n_known', '5'), /state\.0\.n_known of .* received 5/],
    'no direction': [
      edited((all) => {
        all.entries['parameters.third'] = all.entries['state.0.d']!;
        delete all.entries['state.0.d'];
      }),
      /a tensor for state\.0\.d of .* received nothing/,
    ],
    'an entry that is no object': [
      edited(({ entries }) => Object.assign(entries, { 'state.0.d': 1 })),
      /an object for state\.0\.d of/,
    ],
    'an entry with more to it': [
      withEntry('state.0.d', { strides: [1] } as object),
      /dtype, shape and data_offsets alone for state\.0\.d of .* received 'strides'/,
    ],
    'another dtype': [
      withEntry('state.0.d', { dtype: 'F16' }),
      /'F32' or 'F64' for the dtype of state\.0\.d of .* received 'F16'/,
    ],
    'a dtype that only inherits a name': [
      withEntry('state.0.d', { dtype: 'constructor' }),
      /the dtype of state\.0\.d of .* received 'constructor'/,
    ],
    'a wider dtype': [
      withEntry('state.0.d', { dtype: 'F64' }),
      /32 bytes, as its shape and dtype say, for the data_offsets of state\.0\.d of .* received 16/,
    ],
    'a wider dtype with fewer entries': [
      withEntry('state.0.d', { dtype: 'F64', shape: [2] }),
      /float64 for the dtype of state\.0\.prev_flat_grad of .* received float32/,
    ],
    'a ro of float32': [
      withEntry('state.0.ro', { dtype: 'F32', shape: [2 * (parts.entries['state.0.ro']!.shape as [number])[0]] }),
      /float64 for the dtype of state\.0\.ro/,
    ],
    'another rank': [
      withEntry('state.0.d', { shape: [2, 2] }),
      /\[n\] for the shape of state\.0\.d of .* received \[2, 2\]/,
    ],
    'a history of another shape': [
      withEntry('state.0.old_dirs', { shape: [pairs / 2, 8] }),
      /for the shape of state\.0\.old_dirs of .* received \[\d, 8\]/,
    ],
    'a shape that is none': [
      withEntry('state.0.d', { shape: 4 }),
      /integers >= 0 for the shape of state\.0\.d of .* received 4/,
    ],
    'a shape of fractions': [
      withEntry('state.0.d', { shape: [0.5, 8] }),
      /integers >= 0 for the shape of state\.0\.d of .* received \[0\.5, 8\]/,
    ],
    'a shape of negative sizes': [
      withEntry('state.0.d', { shape: [-2, -2] }),
      /integers >= 0 for the shape of state\.0\.d/,
    ],
    'a shape of 2^40 entries': [
      withEntry('state.0.d', { shape: [2 ** 40] }),
      /4398046511104 bytes, .* for the data_offsets of state\.0\.d/,
    ],
    'a shape beyond all numbers': [
      withEntry('state.0.d', { shape: [...Array<number>(30).fill(2 ** 53 - 1), 0] }),
      /for the data_offsets of state\.0\.d/,
    ],
    'offsets that are none': [
      withEntry('state.0.d', { data_offsets: [0] }),
      /two integers >= 0 for the data_offsets of state\.0\.d of .* received \[0\]/,
    ],
    'offsets that are negative': [
      withEntry('state.0.d', { data_offsets: [-16, 0] }),
      /two integers >= 0 for the data_offsets of state\.0\.d/,
    ],
    'offsets in the wrong order': [
      withEntry('state.0.d', { data_offsets: [end, begin] }),
      /a range within \d+ bytes for the data_offsets of state\.0\.d/,
    ],
    'offsets beyond the data': [
      withEntry('state.0.d', { data_offsets: [dataLength, dataLength + 16] }),
      /a range within \d+ bytes for the data_offsets of state\.0\.d/,
    ],
    'an overlap': [
      withEntry('state.0.prev_flat_grad', { data_offsets: [begin, end] }),
      /for the data_offsets of state\.0\.(d|prev_flat_grad) of .* received \d+, an overlap/,
    ],
    'a hole': [
      withEntry('state.0.d', undefined),
      /for the data_offsets of state\.0\.prev_flat_grad of .* received \d+, a hole/,
    ],
    'data that no tensor covers': [
      putTogether({ ...parts, data: new Uint8Array(dataLength + 8) }),
      /for the data of the checkpoint/,
    ],
    'a tensor that is unknown': [withEntry('momentum', {}), /no such field for momentum of/],
    'a tensor of another parameter': [withEntry('state.1.d', {}), /no such field for state\.1\.d of/],
    'a name of a page, in a short message': [withEntry('x'.repeat(5000), {}), /no such field for x{100}… of/],
    'half a character as a name': [withEntry('parameters.\ud800', {}), /well-formed text for the name of a tensor/],
    'a field twice': [twice(format, `${format},${format}`), /one entry for format of .* received two/],
    'a field twice, the other time in escapes': [
      twice(format, `"\\u0066ormat":"pt",${format}`),
      /one entry for format of .* received two/,
    ],
    'a tensor twice': [
      twice('"state.0.d":', '"state.0.d" : {"dtype":"F32","shape":[0],"data_offsets":[0,0]},"state.0.d":'),
      /one entry for state\.0\.d of .* received two/,
    ],
    'the metadata twice': [
      twice('"__metadata__":', '"__metadata__":{},"__metadata__":'),
      /one entry for __metadata__ of .* received two/,
    ],
    'a dtype twice': [twice('"dtype":', '"dtype":"F32","dtype":'), /one entry for dtype of .* received two/],
  };
  for (const [what, [bytes, message]] of Object.entries(refusals)) {
    it(what, () => {
      assertRefused(bytes, message);
    });
  }
});
