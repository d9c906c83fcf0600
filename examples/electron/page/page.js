// The window: two buttons, and two pictures that follow what comes in through the port. It knows nothing of Electron.

const COLOURS = { curve: '#d9480f', grid: '#e9ecef', text: '#868e96', classes: ['#1864ab', '#d9480f'] };

const startButton = /** @type {HTMLButtonElement} */ (document.getElementById('start'));
const cancelButton = /** @type {HTMLButtonElement} */ (document.getElementById('cancel'));
const statusLine = /** @type {HTMLOutputElement} */ (document.getElementById('status'));

/** @param {string} id */
function contextOf(id) {
  const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById(id));
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
}
const lossPicture = contextOf('loss');
const planePicture = contextOf('plane');

/** What has come in of the training that is shown. */
const shown = {
  /** @type {number[]} one for each iteration */
  losses: [],
  /** @type {import('../messages').Data} */
  data: { points: new Float32Array(), labels: new Uint8Array() },
  /** @type {Float32Array} the network's answers on a square, row by row */
  map: new Float32Array(),
};

/** Losses against iterations, decades as lines across. */
function drawLoss() {
  const { width, height } = lossPicture.canvas;
  lossPicture.clearRect(0, 0, width, height);
  const logs = shown.losses.map(Math.log10);
  if (logs.length === 0) return;
  const top = Math.ceil(logs.reduce((a, b) => Math.max(a, b)));
  const bottom = Math.min(top - 1, Math.floor(logs.reduce((a, b) => Math.min(a, b))));
  /** @param {number} log */
  const yOf = (log) => ((top - log) / (top - bottom)) * height;
  lossPicture.fillStyle = COLOURS.text;
  lossPicture.strokeStyle = COLOURS.grid;
  for (let decade = bottom; decade <= top; decade++) {
    lossPicture.strokeRect(0, yOf(decade), width, 0);
    lossPicture.fillText(`1e${decade}`, 4, yOf(decade) - 4);
  }
  lossPicture.strokeStyle = COLOURS.curve;
  lossPicture.lineWidth = 2;
  lossPicture.beginPath();
  for (const [index, log] of logs.entries()) lossPicture.lineTo((index / logs.length) * width, yOf(log));
  lossPicture.stroke();
}

/** The answers as shades from the one class's colour to the other's, the points on them. */
function drawPlane() {
  const { width, height } = planePicture.canvas;
  planePicture.clearRect(0, 0, width, height);
  const side = Math.sqrt(shown.map.length);
  for (const [at, answer] of shown.map.entries()) {
    planePicture.globalAlpha = 0.6 * Math.abs(2 * answer - 1);
    planePicture.fillStyle = COLOURS.classes[answer > 0.5 ? 1 : 0] ?? '';
    const [column, row] = [at % side, Math.floor(at / side)];
    planePicture.fillRect((column * width) / side, (row * height) / side, width / side, height / side);
  }
  planePicture.globalAlpha = 1;
  for (const [n, label] of shown.data.labels.entries()) {
    const [x = 0, y = 0] = shown.data.points.subarray(2 * n);
    planePicture.fillStyle = COLOURS.classes[label] ?? '';
    planePicture.beginPath();
    planePicture.arc(((x + 1) / 2) * width, ((1 - y) / 2) * height, 2.5, 0, 2 * Math.PI);
    planePicture.fill();
  }
}

/** @param {boolean} running */
function setRunning(running) {
  startButton.disabled = running;
  cancelButton.disabled = !running;
}

/** @param {import('../messages').FromTrainer} message */
function receive(message) {
  switch (message.kind) {
    case 'started':
      shown.losses = [];
      shown.map = new Float32Array();
      shown.data = message;
      statusLine.value = 'Training';
      break;
    case 'progress':
      shown.losses.push(...message.losses);
      shown.map = message.map;
      statusLine.value = `Iteration ${message.iteration}, loss ${shown.losses.at(-1)?.toPrecision(4) ?? 'unknown'}`;
      break;
    case 'ended':
      statusLine.value = `${message.message}; loss ${message.loss?.toPrecision(4) ?? 'unknown'} after ${shown.losses.length} iterations`;
      setRunning(false);
      break;
    case 'failed':
      statusLine.value = `Failed: ${message.message}`;
      setRunning(false);
      break;
  }
  drawLoss();
  drawPlane();
}

/** @param {MessagePort} port to the trainer */
function connect(port) {
  port.onmessage = (event) => {
    receive(event.data);
  };
  startButton.onclick = () => {
    setRunning(true);
    port.postMessage('start');
  };
  cancelButton.onclick = () => {
    cancelButton.disabled = true;
    port.postMessage('cancel');
  };
  statusLine.value = 'Ready';
  setRunning(false);
}

// The preload script, or a test, hands over the port.
window.addEventListener('message', ({ data, source, ports: [port] }) => {
  if (source !== window) return;
  if (data === 'port' && port !== undefined) connect(port);
  if (data === 'gone') {
    statusLine.value = 'The trainer has gone';
    startButton.disabled = cancelButton.disabled = true;
  }
});
