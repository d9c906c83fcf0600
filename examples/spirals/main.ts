// The trainer of the Electron app in ../electron without its window: trains to the end, and draws what the window would show.
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { writePicture } from './picture';
import { rightOf, train } from './train';

const HELP = `Usage: npm run start:spirals -- [--onnx] [--out FILE.svg]
  --onnx          the network that PyTorch has exported, run by ONNX Runtime
                  (npm run side-tools -- frameworks), instead of the one in JavaScript
  --out FILE.svg  where the picture goes`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      onnx: { type: 'boolean' }, // which the trainer itself looks for
      out: { type: 'string', default: join(__dirname, 'output', 'spirals.svg') },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const trained = await train();
  const { losses, message } = trained;
  const caption =
    `${rightOf(trained)} of ${trained.data.labels.length} points right, ` +
    `loss ${losses.at(-1)!.toFixed(4)} after ${losses.length} iterations`;
  console.log(`${caption}\n${message}`);
  await writePicture(trained, caption, values.out);
  console.log(`The picture: ${relative(process.cwd(), values.out)}`);
}

main().catch((error: unknown) => {
  const isUsage = String((error as { code?: unknown } | undefined)?.code).startsWith('ERR_PARSE_ARGS');
  console.error(isUsage ? `${(error as Error).message}\n\n${HELP}` : error);
  process.exitCode = 1;
});
