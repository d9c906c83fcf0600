// What the operations of a communicator make of the arrays of all ranks.

/** @typedef {'sum' | 'max' | 'gather' | 'scatter'} Operation */

/**
 * Fills the result of one rank. The array of every rank has the same length.
 *
 * @param {Operation} operation 'sum' and 'max' are allReduce, 'gather' is allGather, 'scatter' is reduceScatter
 * @param {readonly Float64Array[]} parts
 * @param {Float64Array} result
 * @param {number} rank
 * @param {boolean} unlike whether each rank begins a sum with a part of its own
 * @returns {void}
 */
export function combine(operation, parts, result, rank, unlike) {
  if (operation === 'gather') {
    let at = 0;
    for (const part of parts) {
      result.set(part, at);
      at += part.length;
    }
    return;
  }
  const first = unlike ? rank : 0;
  const from = operation === 'scatter' ? rank * result.length : 0;
  for (let i = 0; i < result.length; i++) {
    let value = operation === 'max' ? -Infinity : 0;
    for (let k = 0; k < parts.length; k++) {
      const next = parts[(first + k) % parts.length]?.[from + i] ?? 0;
      value = operation === 'max' ? Math.max(value, next) : k === 0 ? next : value + next;
    }
    result[i] = value;
  }
}
