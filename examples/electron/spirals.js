/**
 * Two spirals that wind around each other, a point of one beside a point of the other.
 * @returns {import('./messages').Data}
 */
function spirals(count = 200, turns = 2.6) {
  const points = new Float32Array(4 * count);
  const labels = new Uint8Array(2 * count);
  for (let i = 0; i < 2 * count; i++) {
    const label = i % 2;
    const radius = 0.1 + (0.85 * (i - label)) / (2 * count);
    const angle = 2 * Math.PI * turns * radius + Math.PI * label;
    points.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * i);
    labels[i] = label;
  }
  return { points, labels };
}

module.exports = { spirals };
