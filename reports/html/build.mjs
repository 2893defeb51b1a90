// Bundles the page into one HTML file, and that into C++: `node build.mjs FOLDER` leaves page.html
// and html_page.cpp there. The security policy names the hashes of the one script and style.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.argv[2] ?? join(here, "built");
const dataMark = "@LIBTRACK_DATA@";

// The script, and the styles that its parts ask for.
async function bundled() {
  const result = await build({
    entryPoints: [join(here, "src", "main.tsx")],
    bundle: true,
    minify: true,
    write: false,
    outdir: folder,
    format: "iife",
    target: "es2022",
    legalComments: "none",
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "warning",
  });
  const textOf = (suffix) =>
    result.outputFiles.find((file) => file.path.endsWith(suffix)).text.trim();
  return [textOf(".js"), textOf(".css")];
}

// What a policy compares with.
const hashOf = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

// Nothing in it may end the element.
function checked(text, element) {
  if (text.toLowerCase().includes(`</${element}`) || text.includes(dataMark)) {
    throw new Error(`the bundled ${element} contains what would end it`);
  }
}

// A C++ string literal may be no longer than compilers take, so it is put together from many.
function literalOf(text) {
  const bytes = Buffer.from(text, "utf8");
  const lines = [];
  for (let at = 0; at < bytes.length; at += 80) {
    let line = "";
    for (const byte of bytes.subarray(at, at + 80)) {
      const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c && byte !== 0x3f;
      line += plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
    }
    lines.push(`"${line}"`);
  }
  return lines.join("\n");
}

const [script, style] = await bundled();
checked(script, "script");
checked(style, "style");
const policy = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(style)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");
const page = readFileSync(join(here, "src", "page.html"), "utf8")
  .replace("@POLICY@", () => policy)
  .replace("@STYLE@", () => style)
  .replace("@SCRIPT@", () => script);

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "page.html"), page);
writeFileSync(
  join(folder, "html_page.cpp"),
  `// Made by reports/html/build.mjs.\n#include "reports/html_page.hpp"\n\n` +
    `namespace track::reports {\n\nconst std::string_view html_page =\n${literalOf(page)};\n\n` +
    `}  // namespace track::reports\n`,
);
