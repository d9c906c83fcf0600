// What the tests of the site see of Playwright's page, and the functions that they run in it.

/** The part of Playwright's Page that is used here; Playwright is no dependency of this package. */
export interface Page {
  goto(url: string): Promise<unknown>;
  url(): string;
  click(selector: string, options?: { position?: { x: number; y: number } }): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  focus(selector: string): Promise<void>;
  textContent(selector: string): Promise<string | null>;
  getAttribute(selector: string, name: string): Promise<string | null>;
  waitForSelector(selector: string): Promise<unknown>;
  waitForURL(url: RegExp): Promise<void>;
  waitForFunction<Argument>(test: (argument: Argument) => unknown, argument: Argument): Promise<unknown>;
  evaluate<Result, Argument = void>(program: (argument: Argument) => Result, argument?: Argument): Promise<Result>;
  addInitScript(script: string): Promise<void>;
  emulateMedia(media: { reducedMotion?: 'reduce' | null; colorScheme?: 'light' | 'dark' }): Promise<void>;
  readonly keyboard: { press(key: string): Promise<void> };
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): unknown;
  on(event: 'pageerror', listener: (error: Error) => void): unknown;
  on(event: 'request' | 'requestfailed', listener: (request: { url(): string }) => void): unknown;
  on(event: 'response', listener: (response: { url(): string; status(): number }) => void): unknown;
}

/** Text of the page whose contrast with what is behind it is below 4.5. WCAG 2.1 asks for that at this size of text. */
export function faintTexts(): string[] {
  type Colour = [number, number, number, number];
  const canvas = document.createElement('canvas');
  canvas.width = 1;
  canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const colourOf = (css: string): Colour => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = css;
    context.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (front: Colour, back: Colour): Colour => {
    const mixed = [0, 1, 2].map((i) => front[i]! * front[3] + back[i]! * (1 - front[3]));
    return [mixed[0]!, mixed[1]!, mixed[2]!, 1];
  };
  const groundOf = (element: Element): Colour => {
    const layers: Colour[] = [];
    for (let each: Element | null = element; each !== null; each = each.parentElement) {
      layers.unshift(colourOf(getComputedStyle(each).backgroundColor));
    }
    return layers.reduce((back, front) => over(front, back), [255, 255, 255, 1]);
  };
  const luminance = (colour: Colour): number => {
    const [red, green, blue] = colour.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const faint = new Set<string>();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement!;
    if (node.textContent?.trim() === '' || !element.checkVisibility({ opacityProperty: true })) continue;
    if (element.closest('svg, .visually-hidden, [disabled]')) continue;
    const ground = groundOf(element);
    const text = over(colourOf(getComputedStyle(element).webkitTextFillColor), ground);
    const [a = 0, b = 0] = [luminance(text), luminance(ground)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const words = (node.textContent ?? '').trim().slice(0, 30);
    if (ratio < 4.5) faint.add(`${words} (${element.className || element.tagName}): ${ratio.toFixed(2)}`);
  }
  return [...faint];
}

/** What reaches beyond the right edge of the window, if the page can be moved sideways. */
export function overflow(): string[] {
  const { clientWidth, scrollWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const wide = Array.from(document.querySelectorAll('.VPContent *')).filter(
    (element) => element.getBoundingClientRect().right > clientWidth + 1 && !element.closest('table, pre, .katex'),
  );
  return [`${scrollWidth} px`, ...wide.slice(0, 3).map((element) => element.outerHTML.slice(0, 120))];
}

/** How many pixels of the canvas of a method are of its colour, which is that of its name. */
export function pathPixels(method: string): number {
  const canvas = document.querySelector<HTMLCanvasElement>(`canvas[data-method=${method}]`)!;
  const name = document.querySelector(`figure.${method} strong`)!;
  const [red = 0, green = 0, blue = 0] = (getComputedStyle(name).color.match(/\d+/g) ?? []).map(Number);
  const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (Math.abs(data[i]! - red) + Math.abs(data[i + 1]! - green) + Math.abs(data[i + 2]! - blue) < 20) count++;
  }
  return count;
}
