// Stands for the port of Electron's utility process; its other end is the process that forked this one.

import { EventEmitter } from 'node:events';

/** As Electron's MessagePortMain. */
class Port extends EventEmitter {
  start() {
    process.on('message', (data) => {
      this.emit('message', { data, ports: [] });
    });
  }

  /** @param {import('node:child_process').Serializable} data */
  postMessage(data) {
    process.send?.(data);
  }
}

/** Gives the program a process.parentPort, and a port through it. @param {() => void} load what loads the program */
export function offerPort(load) {
  const parentPort = new EventEmitter();
  Object.assign(process, { parentPort });
  load();
  parentPort.emit('message', { data: 'port', ports: [new Port()] });
}
