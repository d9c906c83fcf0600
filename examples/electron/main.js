// Electron's main process: opens the window, starts the trainer, joins the two by a channel, and has no part in what they say.

const path = require('node:path');
const { app, BrowserWindow, MessageChannelMain, utilityProcess } = require('electron');

async function open() {
  const window = new BrowserWindow({
    width: 940,
    height: 600,
    webPreferences: { preload: path.join(__dirname, 'preload.js') }, // the page itself is isolated and sandboxed, by default
  });
  const kind = process.argv.includes('--onnx') ? ['--onnx'] : []; // npm run start:onnx
  const trainer = utilityProcess.fork(path.join(__dirname, 'trainer.js'), kind, { serviceName: 'trainer' });
  window.on('closed', () => trainer.kill());
  trainer.once('exit', () => {
    if (!window.isDestroyed()) window.webContents.postMessage('gone', null);
  });
  await window.loadFile(path.join(__dirname, 'page', 'index.html'));
  const { port1, port2 } = new MessageChannelMain();
  trainer.postMessage('port', [port1]);
  window.webContents.postMessage('port', null, [port2]);
}

app.on('window-all-closed', () => {
  app.quit();
});
void app.whenReady().then(open);
