// Drives a `notes` server with the TypeScript SDK's client; prints what it saw as JSON.
//
// Usage: client.mjs PACKAGES MODE TARGET: the folder with node_modules, `legacy` or a protocol version, and JSON:
// {"url": …, "headers": {…}, "oauth": true} or {"command": …, "args": […], "env": {…}, "cwd": …}.
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const [packages, mode, target] = [process.argv[2], process.argv[3], JSON.parse(process.argv[4])];
const require = createRequire(pathToFileURL(`${packages}/package.json`));
const { Client, ResourceNotFoundError, StreamableHTTPClientTransport, UnauthorizedError } = require("@modelcontextprotocol/client");
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
// The flow with a browser, whose user agrees at once.
const kept = {};
const redirectUrl = "http://127.0.0.1:1/callback";
const authProvider = target.oauth && {
  redirectUrl,
  clientMetadata: { client_name: "e2e", redirect_uris: [redirectUrl], token_endpoint_auth_method: "none" },
  clientInformation: () => kept.client,
  saveClientInformation: (client) => void (kept.client = client),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => void (kept.tokens = tokens),
  codeVerifier: () => kept.verifier,
  saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
  redirectToAuthorization: async (url) => {
    const response = await fetch(url, { redirect: "manual" });
    kept.answer = new URL(response.headers.get("location")).searchParams;
  },
};
let transport;
function connect() {
  const options = { requestInit: { headers: target.headers ?? {} }, authProvider };
  transport = target.url
    ? new StreamableHTTPClientTransport(new URL(target.url), options)
    : new StdioClientTransport({ ...target, stderr: "inherit" });
  return client.connect(transport);
}
// Do it, and if that takes a token that is not there yet, get it and do it again.
async function authorized(action) {
  try {
    return await action();
  } catch (error) {
    if (!kept.answer || !(error instanceof UnauthorizedError)) throw error;
    const answer = kept.answer;
    delete kept.answer;
    await transport.finishAuth(answer);
    return action();
  }
}
await authorized(connect);

const subscription = mode === "legacy" ? undefined : await client.listen({ resourcesListChanged: true });
const tools = (await client.listTools()).tools.map((tool) => tool.name);
const add = { name: "add-note", arguments: { name: NAME, content: TEXT } };
const added = await authorized(() => client.callTool(add));
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
// This SDK has one error, with one code, for what the eras have two codes for; the Python one shows what came.
const missing = mode === "legacy" ? -32002 : -32602;
const absent = await client.readResource({ uri: "note://internal/absent" }, fresh).then(
  () => null,
  (error) => (error instanceof ResourceNotFoundError ? missing : error.code),
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
