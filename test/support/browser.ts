import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { skipWithout } from "./mqtt-foreign-peers.js";

const PROGRAM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** A named reason to skip tests in a browser, or false. */
export const withoutBrowser = skipWithout(PROGRAM, "--version");

/** A browser without a screen that looks for nothing on the network by itself. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: PROGRAM,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

/** A page that was opened from a file, with everything that it asked for or complained of. */
export type OpenedPage = AsyncDisposable & {
  readonly page: Page;
  readonly url: string;
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
};

/** Opens a page from a file of its own. */
export const openPage = async (browser: Browser, html: string, options: BrowserContextOptions): Promise<OpenedPage> => {
  const folder = mkdtempSync(join(tmpdir(), "iotb-page-"));
  const file = join(folder, "report.html");
  writeFileSync(file, html);
  const url = pathToFileURL(file).href;
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  return {
    page,
    url,
    requests,
    complaints,
    [Symbol.asyncDispose]: async () => {
      await context.close();
      rmSync(folder, { recursive: true });
    },
  };
};
