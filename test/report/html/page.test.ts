import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { ReportRun } from "../../../src/domain/report-run.js";
import { readRunDirectory } from "../../../src/files/run-directory.js";
import { renderHtml } from "../../../src/report/html/render-html.js";
import { type OpenedPage, openPage, startBrowser, withoutBrowser } from "../../support/browser.js";
import { sampleRun } from "../../support/report-samples.js";

const DESK = { viewport: { width: 1300, height: 900 }, colorScheme: "light" } as const;
const PHONE = { viewport: { width: 360, height: 780 }, colorScheme: "light" } as const;
const ALERT = "</script><img src=x onerror=alert(1)>";
const faulty = sampleRun({ devices: 3000, broadcasts: 5, faults: true });

let browser: Browser;
before(async () => {
  if (withoutBrowser === false) browser = await startBrowser();
});
after(async () => {
  if (withoutBrowser === false) await browser.close();
});

const inBrowser = (
  name: string,
  run: ReportRun,
  options: BrowserContextOptions,
  body: (opened: OpenedPage) => Promise<void>,
) =>
  test(name, { skip: withoutBrowser }, async () => {
    await using opened = await openPage(browser, renderHtml(run), options);
    await body(opened);
    assert.deepEqual(opened.complaints, [], "nothing on the console");
    assert.deepEqual(opened.requests, [opened.url], "no request but for the page itself");
  });

/** How many pixels of each plot are of some colour. */
const inked = (page: Page): Promise<number[]> =>
  page.evaluate(`Promise.all([...document.querySelectorAll("canvas")].map((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 0) count++;
    return count;
  }))`);

const drawn = (page: Page) => page.waitForFunction(`document.querySelectorAll("canvas").length === 3`);
const text = (page: Page, selector: string) => page.locator(selector).innerText();
const overflow = (page: Page): Promise<number> =>
  page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
const deviceRows = (page: Page) => page.locator("#devices tbody tr");

inBrowser(
  "says the verdict, its causes, the sum, thresholds and what was run, and draws",
  faulty,
  DESK,
  async ({ page }) => {
    assert.match(await page.title(), /^FAIL · g6palBDnzyT/);
    assert.match(await text(page, "#verdict"), /FAIL[\s\S]*missing: 15 of 17992 expected deliveries/);
    assert.match(
      await text(page, "#account .sum"),
      /17,992 expected\s*=\s*17,973 delivered\s*\+\s*15 missing\s*\+\s*4 excused\s*\+\s*0 unknown/,
    );
    assert.match(await text(page, "#thresholds"), /coverage\(99\.9%\)<250ms\s+never\s+✗ not met/);
    assert.match(await text(page, "#run"), /iotb measure --local -c 3000 --broadcasts 5 --out run/);
    assert.equal(await page.locator("#account tbody tr").count(), 6);
    await drawn(page);
    const pixels = await inked(page);
    assert.equal(pixels.length, 3);
    for (const count of pixels) assert.ok(count > 2000, `${pixels} pixels`);
  },
);

inBrowser("tells the values under the pointer", faulty, DESK, async ({ page }) => {
  await drawn(page);
  await page.locator("#latency .u-over").hover();
  assert.match(await text(page, "#latency .readout"), /^9\d\.\d+ %: all timed broadcasts [\d.]+ ms/);
  await page.locator("#coverage .u-over").hover();
  assert.match(await text(page, "#coverage .readout"), /ms after due: all timed broadcasts \d+(\.\d+)? %/);
  await page.getByLabel("Logarithmic time", { exact: true }).check();
  await drawn(page);
  await page.locator("#coverage .u-over").hover();
  assert.match(await text(page, "#coverage .readout"), /after due/);
});

inBrowser(
  "finds devices by name, kind and broadcast, and gives what is shown as CSV",
  faulty,
  DESK,
  async ({ page }) => {
    const all = await deviceRows(page).count();
    assert.equal(all, 39);
    await page.getByLabel("Kind").selectOption("missing");
    assert.equal(await deviceRows(page).count(), 15);
    await page.getByLabel("Broadcast", { exact: true }).selectOption("3");
    assert.equal(await deviceRows(page).count(), 2);
    await page.getByLabel("Search").fill("D01106");
    assert.equal(await deviceRows(page).count(), 1);
    assert.match(
      await text(page, "#devices tbody"),
      /d01106\s+missing\s+3\s+online since 3\.89 s before due, last receipt 983 ms before due/,
    );
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download CSV" }).click(),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    assert.match(
      Buffer.concat(chunks).toString(),
      /^DeviceName,ProductKey,Kind,Broadcasts,Known\r\nd01106,g6palBDnzyT,missing,2125948813207175552,"online since[^"]+"\r\n$/,
    );
    await page.getByLabel("Search").fill("nobody");
    assert.equal(await deviceRows(page).count(), 0);
    assert.match(await text(page, "#devices"), /No device fits/);
  },
);

inBrowser("orders the account by a column, at the keyboard too", faulty, DESK, async ({ page }) => {
  const heading = page.locator("#account th", { hasText: "p99" });
  await heading.getByRole("button").press("Enter");
  assert.equal(await heading.getAttribute("aria-sort"), "descending");
  const times = await page.locator("#account tbody tr td:nth-child(13)").allInnerTexts();
  const numbers = times.map((time) => Number.parseFloat(time));
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => b - a),
  );
});

inBrowser(
  "is light or dark as the system says, and as the reader says",
  faulty,
  { ...DESK, colorScheme: "dark" },
  async ({ page }) => {
    const back = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    const dark = await back();
    await drawn(page);
    const before = await inked(page);
    await page.getByRole("button", { name: "Switch to light colours" }).click();
    assert.notEqual(await back(), dark);
    assert.deepEqual(await inked(page), before, "the plots are drawn again");
    await page.getByRole("button", { name: "Switch to dark colours" }).click();
    assert.equal(await back(), dark);
  },
);

inBrowser("fits a phone", faulty, PHONE, async ({ page }) => {
  await drawn(page);
  assert.equal(await overflow(page), 0);
  assert.ok((await inked(page)).every((count) => count > 1000));
});

inBrowser(
  "prints light, with all sections and no controls",
  faulty,
  { ...DESK, colorScheme: "dark" },
  async ({ page }) => {
    // the width of A4 between margins
    await page.setViewportSize({ width: 718, height: 1000 });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    assert.equal(await overflow(page), 0);
    await drawn(page);
    assert.equal(await page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
    for (const section of await page.locator("section").all()) assert.ok(await section.isVisible());
    // headings of columns stay what they are
    for (const control of await page.locator("button:not(th button), input, select, nav").all()) {
      assert.equal(await control.isVisible(), false, await control.innerText());
    }
    assert.ok((await page.pdf({ format: "A4" })).length > 20_000);
  },
);

const many = sampleRun({ devices: 1000, broadcasts: 3, faults: true, nameOf: (device) => `${ALERT}${device}` });
const crowd: ReportRun = {
  ...many,
  account: {
    ...many.account,
    broadcasts: many.account.broadcasts.map((record) => ({
      ...record,
      devices: {
        ...record.devices,
        latecomers: Array.from({ length: 30_000 }, (_, i) => ({
          productKey: "pk",
          deviceName: `${record.messageId}-${i}`,
        })),
      },
    })),
  },
};

inBrowser("shows hostile names as text, and 120,000 devices a page at a time", crowd, DESK, async ({ page }) => {
  assert.equal(await page.locator("img").count(), 0);
  assert.ok((await text(page, "#devices tbody")).includes(ALERT));
  assert.equal(await deviceRows(page).count(), 50);
  await page.locator("#devices").getByRole("button", { name: "Next" }).click();
  assert.match(await text(page, "#devices .range"), /^51–100 of 120,\d{3}$/);
  await page.getByLabel("Search").fill("-29999");
  assert.equal(await deviceRows(page).count(), 4);
});

const unknown: ReportRun = {
  summary: {
    ...faulty.summary,
    verdict: "invalid",
    fleet: null,
    generator: null,
    calibration: null,
    clock: null,
    thresholds: [],
    broadcasts: [],
    target: { kind: "recorded", productKey: null, topicFullName: null, instanceId: null, endpoint: null, hosts: [] },
    total: { ...faulty.summary.total, expected: null, missing: null, excused: null, latestDevices: [] },
  },
  account: { schema: "iotb.account/1", broadcasts: [] },
  manifests: [],
};

inBrowser("says in words what is not known", unknown, PHONE, async ({ page }) => {
  const whole = await text(page, "main");
  for (const words of [
    /! INVALID/,
    /None was set/,
    /Nothing was broadcast/,
    /Coverage is not known/,
    /no time is known/,
    /there is no rate/,
    /no fleet was connected/,
    /Not measured in this run/,
    /iotb measure --calibrate/,
    /No manifest was kept/,
  ]) {
    assert.match(whole, words);
  }
  assert.doesNotMatch(whole, /NaN|undefined|\bnull\b|Infinity/);
  assert.equal(await overflow(page), 0);
});

/** A run directory that pictures for the documents are made of, only when asked for: `1` is the sample run. */
const WRITE = process.env["IOTB_WRITE_SCREENSHOTS"];

for (const [name, options] of [
  ["light", DESK],
  ["dark", { ...DESK, colorScheme: "dark" }],
  ["phone", { ...PHONE, deviceScaleFactor: 2 }],
] as const) {
  const skip = withoutBrowser || (WRITE === undefined && "IOTB_WRITE_SCREENSHOTS=DIR makes them");
  test(`screenshot: ${name}`, { skip }, async () => {
    const run = WRITE === undefined || WRITE === "1" ? null : await readRunDirectory(WRITE);
    await using opened = await openPage(
      browser,
      renderHtml(run === null ? faulty : { ...run, manifests: [run.manifest] }),
      options,
    );
    await drawn(opened.page);
    const box = await opened.page.locator("#coverage").boundingBox();
    const height = name === "phone" || box === null ? 780 : box.y + box.height + 16;
    const clip = { x: 0, y: 0, width: options.viewport.width, height };
    await opened.page.screenshot({ path: `docs/report-${name}.png`, clip, fullPage: true });
  });
}
