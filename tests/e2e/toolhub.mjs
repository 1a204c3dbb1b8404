// Drives a `toolhub` server with the TypeScript SDK's client; prints what it saw as JSON.
//
// Usage: toolhub.mjs PACKAGES MODE TARGET: the folder with node_modules, `legacy` or a protocol version, and JSON:
// {"url": …, "headers": {…}} or {"command": …, "args": […], "env": {…}, "cwd": …}.
import assert from "node:assert";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [packages, mode, target] = [process.argv[2], process.argv[3], JSON.parse(process.argv[4])];
const require = createRequire(pathToFileURL(`${packages}/package.json`));
const { Client, ResourceNotFoundError, StreamableHTTPClientTransport } = require("@modelcontextprotocol/client");
const { StdioClientTransport } = require("@modelcontextprotocol/client/stdio");
const Ajv = require("ajv/dist/2020").default;

// Billions of rows.
const ENDLESS = `SELECT count(*) FROM ${[..."abcdefghij"].map((name) => `orders ${name}`).join(", ")}`;

const client = new Client(
  { name: "e2e", version: "1.0.0" },
  { versionNegotiation: { mode: mode === "legacy" ? "legacy" : { pin: mode } } },
);
const transport = target.url
  ? new StreamableHTTPClientTransport(new URL(target.url), { requestInit: { headers: target.headers ?? {} } })
  : new StdioClientTransport({ ...target, stderr: "inherit" });
await client.connect(transport);

const { tools } = await client.listTools();
const ajv = new Ajv({ strict: false, validateFormats: false });

// A structured result that its schema allows.
async function call(name, args) {
  const result = await client.callTool({ name, arguments: args });
  assert(!result.isError, JSON.stringify(result));
  const schema = tools.find((tool) => tool.name === name).outputSchema;
  assert(ajv.validate(schema, result.structuredContent), ajv.errorsText());
  return result.structuredContent;
}

const orders = [];
let pages = 0;
for (let cursor; pages === 0 || cursor; pages += 1) {
  const page = await call("list_orders", { limit: 5, ...(cursor && { cursor }) });
  orders.push(...page.orders.map((order) => order.id));
  cursor = page.next_cursor;
}

const abort = new AbortController();
const onprogress = ({ progress }) => progress > 0 && abort.abort();
await client
  .callTool({ name: "run_query", arguments: { sql: ENDLESS } }, { onprogress, signal: abort.signal, timeout: 20_000 })
  .catch(() => {});
assert(abort.signal.aborted, "no progress was heard of");
// The only connection to the database is free again.
let free;
for (let tries = 0; tries < 20 && !free; tries += 1) {
  free = !(await client.callTool({ name: "get_order", arguments: { order_id: "ORD-1001" } })).isError;
}

const complete = async (ref, name, value) =>
  (await client.complete({ ref, argument: { name, value } })).completion.values;
const read = async (uri) => JSON.parse((await client.readResource({ uri })).contents[0].text);
const prompt = await client.getPrompt({
  name: "order_summary",
  arguments: { order_id: "ORD-1001", tone: "formal" },
});
const refused = await client.callTool({ name: "run_query", arguments: { sql: "DROP TABLE orders" } });
// This SDK has one error, with one code, for what the eras have two codes for; the Python one shows what came.
const missing = mode === "legacy" ? -32002 : -32602;
const absent = await client.readResource({ uri: "catalog://item/absent" }).then(
  () => null,
  (error) => (error instanceof ResourceNotFoundError ? missing : error.code),
);
const report = {
  protocol: client.getNegotiatedProtocolVersion(),
  tools: tools.map((tool) => tool.name).sort(),
  read_only: tools.every((tool) => tool.annotations.readOnlyHint),
  ping: (await call("ping", {})).status,
  pages,
  orders: orders.join() === orders.toSorted().join() ? new Set(orders).size : orders,
  order: (await call("get_order", { order_id: "ORD-1001" })).status,
  rows: (await call("run_query", { sql: "SELECT count(*) FROM items WHERE stock > $1", parameters: [0] })).rows,
  interrupted: free,
  skus: await complete({ type: "ref/resource", uri: "catalog://item/{sku}" }, "sku", "SKU-00"),
  tones: await complete({ type: "ref/prompt", name: "order_summary" }, "tone", "f"),
  resources: (await client.listResources()).resources.map(({ uri }) => uri),
  templates: (await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate),
  items: (await read("catalog://all")).items.length,
  item: (await read("catalog://item/SKU-002")).name,
  prompts: (await client.listPrompts()).prompts.map((found) => found.name).sort(),
  prompt: JSON.stringify(prompt.messages).includes("Ada Lovelace"),
  refused: refused.isError === true,
  absent,
};
await client.close();
console.log(JSON.stringify(report));
