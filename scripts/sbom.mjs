// Prints the bill of materials of a release, in CycloneDX: the dependencies that npm knows of, and what is compiled in
// or carried along.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { root, tool } from './run.mjs';

/** @param {string} file */
function manifest(file) {
  /** @type {{ name: string, version: string }} */
  const read = JSON.parse(fs.readFileSync(file, 'utf8'));
  return read;
}
const stamp = fs.readFileSync(path.join(root, 'native', 'vendor', 'eigen', 'VERSION'), 'utf8');
const [, eigen = '', sha256 = ''] = /^eigen (\S+)\nsource sha256 (\w+)/.exec(stamp) ?? [];

/**
 * @param {string} name @param {string} version @param {string} licence @param {string} purl @param {object} [further]
 */
const component = (name, version, licence, purl, further = {}) => ({
  ...{ type: 'library', 'bom-ref': purl, name, version, purl, licenses: [{ license: { id: licence } }] },
  ...further,
});
const carried = [
  component('eigen', eigen, 'MPL-2.0', `pkg:generic/eigen@${eigen}`, { hashes: [{ alg: 'SHA-256', content: sha256 }] }),
  ...['node-addon-api', 'node-api-headers'].map((name) => {
    const { version } = manifest(tool(name, 'package.json'));
    return component(name, version, 'MIT', `pkg:npm/${name}@${version}`);
  }),
];

const npm = ['sbom', '--omit=dev', '--sbom-format=cyclonedx'];
/**
 * @type {{ metadata: { component: { name: string, 'bom-ref': string } }, components: object[], dependencies: { ref: string, dependsOn: string[] }[] }}
 */
const bill = JSON.parse(execFileSync('npm', npm, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' }));
bill.metadata.component.name = manifest(path.join(root, 'package.json')).name; // npm takes the folder's
bill.components.push(...carried);
bill.dependencies
  .find(({ ref }) => ref === bill.metadata.component['bom-ref'])
  ?.dependsOn.push(...carried.map((each) => each['bom-ref']));
console.log(JSON.stringify(bill, null, 2));
