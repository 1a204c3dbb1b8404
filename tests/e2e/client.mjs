// Drives a `notes` server with the TypeScript SDK's client; prints what it saw as JSON.
//
// Usage: client.mjs PACKAGES MODE TARGET: the folder with node_modules, `legacy` or a protocol version, and JSON:
// {"url": …, "headers": {…}} or {"command": …, "args": […], "env": {…}, "cwd": …}.
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const [packages, mode, target] = [process.argv[2], process.argv[3], JSON.parse(process.argv[4])];
const require = createRequire(pathToFileURL(`${packages}/package.json`));
const { Client, StreamableHTTPClientTransport } = require("@modelcontextprotocol/client");
const { StdioClientTransport } = require("@modelcontextprotocol/client/stdio");

const NAME = "Größe a/b?";
const TEXT = "first line\nsecond “line”";

const client = new Client(
  { name: "e2e", version: "1.0.0" },
  { versionNegotiation: { mode: mode === "legacy" ? "legacy" : { pin: mode } } },
);
let notified = false;
client.setNotificationHandler("notifications/resources/list_changed", () => {
  notified = true;
});
const transport = target.url
  ? new StreamableHTTPClientTransport(new URL(target.url), { requestInit: { headers: target.headers ?? {} } })
  : new StdioClientTransport({ ...target, stderr: "inherit" });
await client.connect(transport);

const subscription = mode === "legacy" ? undefined : await client.listen({ resourcesListChanged: true });
const tools = (await client.listTools()).tools.map((tool) => tool.name);
const added = await client.callTool({ name: "add-note", arguments: { name: NAME, content: TEXT } });
for (let waited = 0; !notified && waited < 5000; waited += 50) await sleep(50);
await subscription?.close();

const fresh = { cacheMode: "bypass" };
const { resources } = await client.listResources(undefined, fresh);
const texts = [];
for (const { uri } of resources) texts.push((await client.readResource({ uri }, fresh)).contents[0].text);
const prompt = await client.getPrompt({ name: "summarize-notes", arguments: { style: "detailed" } });
const completion = await client.complete({
  ref: { type: "ref/prompt", name: "summarize-notes" },
  argument: { name: "style", value: "de" },
});
const refused = await client.callTool({ name: "add-note", arguments: { name: "", content: TEXT } });
const absent = await client.readResource({ uri: "note://internal/absent" }, fresh).then(
  () => null,
  (error) => error.code,
);
const report = {
  protocol: client.getNegotiatedProtocolVersion(),
  tools,
  templates: (await client.listResourceTemplates()).resourceTemplates.length,
  prompts: (await client.listPrompts()).prompts.map((found) => found.name),
  notified,
  note: !added.isError && texts.includes(TEXT),
  prompt: prompt.messages.some((message) => JSON.stringify(message.content).includes("second “line”")),
  completion: completion.completion.values,
  refused: refused.isError === true,
  absent,
};
await client.close();
console.log(JSON.stringify(report));
