// Calls one tool over and over with the TypeScript SDK's client, until stdin ends; prints what became of the calls as JSON.
// It trusts the certificates in the file that NODE_EXTRA_CA_CERTS names.
//
// Usage: callers.mjs PACKAGES MODE TARGET: the folder with node_modules, `legacy` or a protocol version, and JSON:
// {"url": …, "headers": {…}, "tool": …, "arguments": {…}, "callers": …}.
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const [packages, mode, target] = [process.argv[2], process.argv[3], JSON.parse(process.argv[4])];
const require = createRequire(pathToFileURL(`${packages}/package.json`));
const { Client, StreamableHTTPClientTransport } = require("@modelcontextprotocol/client");

let stopped = false;
const report = { answered: 0, lost: [], opened: 0 };

async function open() {
  const client = new Client(
    { name: "e2e", version: "1.0.0" },
    { versionNegotiation: { mode: mode === "legacy" ? "legacy" : { pin: mode } } },
  );
  await client.connect(
    new StreamableHTTPClientTransport(new URL(target.url), { requestInit: { headers: target.headers } }),
  );
  report.opened += 1;
  return client;
}

async function call(client) {
  const start = Date.now() / 1000;
  try {
    const result = await client.callTool({ name: target.tool, arguments: target.arguments }, { timeout: 20_000 });
    if (result.isError) throw new Error(JSON.stringify(result));
    report.answered += 1;
    return true;
  } catch (error) {
    report.lost.push({ start, end: Date.now() / 1000, error: String(error) });
    return false;
  }
}

/** A client for as long as its session lasts; those of this revision have none to lose. */
async function caller() {
  while (!stopped) {
    const client = await open();
    while (!stopped && ((await call(client)) || mode !== "legacy"));
    await client.close();
  }
}

const callers = Array.from({ length: target.callers }, caller);
const failed = Promise.race(callers);
while (report.answered < target.callers) await Promise.race([sleep(10), failed]);
console.log("calling");
for await (const _ of process.stdin);
stopped = true;
await Promise.all(callers);
console.log(JSON.stringify(report));
