// Drives an HTML report in headless Chromium.
// usage: html_page.mjs FOLDER-OF-THE-PAGE'S-SOURCE SCENARIO PAGE.html [FOLDER-FOR-SCREENSHOTS]
// Whatever the scenario: no error on the console, no request but for the file itself.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [source, scenario, file, shots] = process.argv.slice(2);
const require = createRequire(join(source, "package.json"));
const { chromium } = require("playwright-core");
const address = pathToFileURL(file).href;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  // As root, and in containers, Chromium has no sandbox.
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});

async function opened(options = {}, hash = "") {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      page.complaints.push(message.text());
    }
  });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("dialog", (dialog) => page.complaints.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(address)) {
      page.complaints.push(`request: ${request.url()}`);
    }
  });
  await page.goto(address + hash);
  await page.waitForSelector("body[data-ready=yes]", { timeout: 60_000 });
  return page;
}

async function shot(page, name) {
  if (shots) {
    await page.screenshot({ path: join(shots, `${name}.png`), fullPage: false });
  }
}

const text = (page, selector) => page.locator(selector).first().innerText();
const rows = (page) => page.locator(".rows .line .title").allInnerTexts();
// What is animated is looked at until it holds; the last complaint is the test's.
async function eventually(check) {
  for (const end = performance.now() + 10_000; ; ) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
const isWithin = (part, whole) =>
  part.x >= whole.x - 1 && part.x + part.width <= whole.x + whole.width + 1;

async function theVerdictOpensThePage() {
  const page = await opened();
  assert.equal(await text(page, "h1 .word"), "FOUND");
  assert.match(await text(page, "h1"), /1 lost, 1 cycle, 1 cache/);
  const causes = page.locator(".cause");
  assert.equal(await causes.count(), 3);
  for (const cause of await causes.all()) {
    assert.match(await cause.innerText(), /What to do: \S+/);
  }
  await shot(page, "summary");
  return page;
}

async function findingsAreSearchedSortedAndFiltered() {
  const page = await opened();
  const whole = await rows(page);
  assert.equal(whole.length, 3);
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "search");
  await page.keyboard.type("PARSE(");
  assert.match((await rows(page)).join(), /^\d+ bytes in 7 blocks lost/);
  assert.equal(await text(page, "#findings output"), "1 of 3 findings");
  await page.fill("#search", "no such thing");
  assert.deepEqual(await rows(page), []);
  await page.fill("#search", "");
  const header = page.locator(".line.head button");
  await header.nth(3).click(); // bytes, the largest first
  const bySize = await rows(page);
  assert.equal(await page.locator("[aria-sort=descending]").innerText(), "Bytes ↓");
  await header.nth(3).click();
  assert.deepEqual(await rows(page), bySize.toReversed());
  await page.getByRole("button", { name: /^cycle 1/ }).click();
  assert.match((await rows(page)).join(), /^cycle of/);
  await shot(page, "filtered");
  return page;
}

async function aFindingOpensByMouseKeyAndAddress() {
  const page = await opened();
  await page.locator(".rows .line", { hasText: "cycle of" }).click();
  assert.match(page.url(), /#finding\/cycle\/[0-9a-f]{16}$/);
  const panel = page.locator(".panel");
  await panel.waitFor();
  assert.match(await panel.innerText(), /What to do:/);
  const graph = await panel.locator(".graph svg").textContent();
  assert.match(graph, /Session/);
  assert.match(graph, /Peer/);
  assert.match(graph, /session/);
  assert.equal(await panel.locator(".arrow").count(), 2);
  assert.equal(await panel.locator(".arrow.advised").count(), 1);
  assert.match(await panel.locator(".source .here").innerText(), /make_shared/);
  assert.equal(await page.evaluate(() => document.activeElement.id), "finding-title");
  await shot(page, "cycle");
  const link = page.url();
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });

  await page.locator(".table").focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  assert.match(await page.locator(".panel h2").first().innerText(), /lost/);
  await page.keyboard.press("Escape");

  const other = await opened({}, link.slice(link.indexOf("#")));
  assert.match(await other.locator(".panel h2").first().innerText(), /^cycle of/);
  const gone = await opened({}, "#finding/lost/ffffffffffffffff");
  assert.match(await gone.locator("[role=alert]").innerText(), /not in this report/);
  page.complaints.push(...other.complaints, ...gone.complaints);
  return page;
}

async function stacksAreTrimmedAndUnfold() {
  const page = await opened();
  await page.locator(".rows .line", { hasText: "cycle of" }).click();
  const frames = page.locator(".panel .stack li");
  await frames.first().waitFor();
  const trimmed = await frames.allInnerTexts();
  assert.ok(trimmed.some((each) => each.startsWith("make_session()")));
  assert.ok(!trimmed.some((each) => each.startsWith("std::")));
  await page.getByRole("button", { name: /^All \d+ frames/ }).first().click();
  assert.ok((await frames.count()) > trimmed.length);
  return page;
}

async function theFlameGraphZoomsAndSearches() {
  const page = await opened({ reducedMotion: "reduce" });
  const flame = page.locator(".flame");
  await page.selectOption("#figure", "allocations");
  const frame = (name) => page.locator(`.flame g.frame[name^="${name}"]`).first();
  const chart = await flame.boundingBox();
  await frame("make_session").waitFor();
  const share = async (name) =>
    (await frame(name).locator("rect").boundingBox()).width / chart.width;
  await eventually(async () => assert.ok((await share("main")) > 0.95));
  // The widest is the cache's; make_session is a small part, until it is zoomed into.
  assert.ok((await share("make_session")) < 0.25);
  await frame("make_session").click();
  await eventually(async () => assert.ok((await share("make_session")) > 0.95));
  await shot(page, "flame_zoomed");
  await page.click("#flame-reset");
  await page.fill("#flame-search", "make_sess");
  assert.match(await text(page, "#flame-found"), /^[1-9]\d* frames?, [\d,]+, [\d.]+ %$/);
  await shot(page, "flame_searched");
  await page.fill("#flame-search", "");
  await flame.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const details = await text(page, "#flame-details");
  assert.match(details, /: [\d,]+, [\d.]+ %$/);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await eventually(async () => assert.ok((await share("make_session")) < 0.25));
  assert.ok(isWithin(await frame("all").locator("rect").boundingBox(), chart));
  return page;
}

async function themesChange() {
  const page = await opened({ colorScheme: "dark" });
  const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await back();
  await shot(page, "dark");
  await page.keyboard.press("d");
  await eventually(async () => assert.equal(await back(), "rgb(255, 255, 255)"));
  const light = await back();
  assert.notEqual(dark, light);
  await page.reload();
  await page.waitForSelector("body[data-ready=yes]");
  assert.equal(await back(), light, "what was chosen is remembered");
  return page;
}

async function curvesAreDrawn() {
  const page = await opened();
  for (const [part, name] of [["#time", "live bytes"], ["#caches", "entries"]]) {
    const plot = page.locator(`${part} .plot`).first();
    await plot.scrollIntoViewIfNeeded();
    assert.match(await plot.getAttribute("aria-label"), new RegExp(name));
    // Something of the line's colour is on the canvas.
    const drawn = await plot.locator("canvas").evaluate((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let blue = 0;
      for (let i = 0; i < data.length; i += 4) {
        blue += data[i] < 60 && data[i + 2] > 150 && data[i + 3] > 200 ? 1 : 0;
      }
      return blue;
    });
    assert.ok(drawn > 200, `${part}: ${drawn} pixels`);
    await shot(page, part.slice(1));
  }
  assert.match(await text(page, "#caches .card"), /g_images/);
  assert.match(await text(page, "#quality"), /1 process, all complete/);
  assert.match(await text(page, "#glossary"), /retained/);
  return page;
}

// The rules that a machine can check; axe needs to run scripts that the page's own policy forbids.
async function peopleWithHelpsCanUseIt() {
  const complaints = [];
  for (const colorScheme of ["light", "dark"]) {
    const page = await opened({ bypassCSP: true, colorScheme });
    await page.locator(".rows .line", { hasText: "cycle of" }).click();
    await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    complaints.push(
      ...violations.map((each) => `${colorScheme}: ${each.id}: ${each.nodes[0].html}`),
      ...page.complaints,
    );
  }
  return { complaints };
}

async function hostileNamesAreText() {
  const page = await opened();
  const shown = await page.locator("main").innerText();
  assert.ok(shown.includes("<img src=x onerror=alert(1)>"), "the name is there as it is");
  await page.locator(".rows .line").first().click();
  assert.ok((await page.locator(".panel").innerText()).includes("</script>"));
  assert.equal(await page.locator("main img, .panel img, main script, .panel script").count(), 0);
  return page;
}

// How long until it can be used: the rows are there, and a search has been answered.
async function itIsUsableSoon() {
  const start = performance.now();
  const page = await opened();
  await page.locator(".rows .line").first().waitFor();
  const ready = performance.now();
  await page.fill("#search", "step");
  await page.waitForFunction(() => /^[\d,]+ of/.test(document.querySelector("output").innerText));
  const searched = performance.now();
  // A report of our own JSON has but one figure.
  const figures = await page.locator("#figure option").count();
  await page.selectOption("#figure", { index: Math.min(1, figures - 1) });
  await page.locator(".flame g.frame").first().waitFor();
  const drawn = performance.now();
  console.log(
    JSON.stringify({
      ready_ms: Math.round(ready - start),
      search_ms: Math.round(searched - ready),
      flame_ms: Math.round(drawn - searched),
      findings: await text(page, "#findings output"),
      notes: await page.locator(".note").allInnerTexts(),
    }),
  );
  await shot(page, "large");
  return page;
}

// A report without a finding, of our own JSON: there are no calls either.
async function nothingToShowIsNoTrouble() {
  const page = await opened();
  assert.equal(await text(page, "h1 .word"), "CLEAN");
  await page.keyboard.press("?");
  await page.locator(".keys").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".keys").waitFor({ state: "detached" });
  const theme = await page.evaluate(() => document.documentElement.dataset.theme);
  await page.keyboard.press("d");
  await eventually(async () =>
    assert.notEqual(await page.evaluate(() => document.documentElement.dataset.theme), theme),
  );
  return page;
}

// What programs and foreign JSON may hold: a list of 5,000 nodes, a cycle of 500 members, a stack of
// 3,000 frames, a curve of 200,000 points.
async function whatIsLargeIsToldInShort() {
  const page = await opened();
  for (const line of await page.locator(".rows .line").all()) {
    await line.click();
    await page.locator(".panel h2").first().waitFor();
    assert.ok((await page.locator(".panel .node").count()) <= 60);
    assert.equal(await page.locator(".panel [role=alert]").count(), 0);
    await page.keyboard.press("Escape");
    await page.locator(".panel").waitFor({ state: "detached" });
  }
  assert.equal(await page.locator("main [role=alert]").count(), 0);
  return page;
}

const scenarios = {
  theVerdictOpensThePage,
  findingsAreSearchedSortedAndFiltered,
  aFindingOpensByMouseKeyAndAddress,
  stacksAreTrimmedAndUnfold,
  theFlameGraphZoomsAndSearches,
  themesChange,
  curvesAreDrawn,
  peopleWithHelpsCanUseIt,
  hostileNamesAreText,
  itIsUsableSoon,
  nothingToShowIsNoTrouble,
  whatIsLargeIsToldInShort,
};

let failures = 0;
for (const name of scenario === "all" ? Object.keys(scenarios).slice(0, 8) : [scenario]) {
  try {
    const page = await scenarios[name]();
    assert.deepEqual(page.complaints, []);
  } catch (error) {
    failures += 1;
    console.error(`${name}: ${error.stack ?? error}`);
  }
}
await browser.close();
process.exit(failures === 0 ? 0 : 1);
