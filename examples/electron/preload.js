// Hands the port to the page, which has neither Node nor Electron, and says when nobody is at its other end any more.

const { ipcRenderer } = require('electron');

for (const word of ['port', 'gone']) {
  ipcRenderer.on(word, ({ ports }) => {
    window.postMessage(word, '*', [...ports]);
  });
}
