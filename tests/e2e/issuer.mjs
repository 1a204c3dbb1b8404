// An authorization server for tests: metadata, keys, dynamic registration, the code flow with PKCE, and nobody who is asked.
//
// Usage: issuer.mjs AUDIENCE [PEM]: prints {"issuer": …, "token": …} in one line, the token being one for AUDIENCE, and serves until
// its standard input ends; over TLS with the private key and the certificate in the file PEM.
import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const kid = randomUUID();
const clients = new Set();
const codes = new Map();
let issuer;

function token(aud, client, scope) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, sub: "alice", aud, client_id: client, iat: now, exp: now + 3600, jti: randomUUID(), scope };
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const message = `${encode({ alg: "ES256", typ: "at+jwt", kid })}.${encode(claims)}`;
  const signature = sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${message}.${signature.toString("base64url")}`;
}

function metadata() {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    registration_endpoint: `${issuer}/register`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ["code"],
    grant_types_supported: ["authorization_code"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none"],
    authorization_response_iss_parameter_supported: true,
  };
}

function register(body) {
  const client = randomUUID();
  clients.add(client);
  return { ...JSON.parse(body), client_id: client };
}

function authorize(query) {
  const asked = Object.fromEntries(query);
  if (!clients.has(asked.client_id) || asked.code_challenge_method !== "S256" || !asked.resource) return null;
  const code = randomUUID();
  codes.set(code, asked);
  const back = new URL(asked.redirect_uri);
  back.searchParams.set("code", code);
  back.searchParams.set("iss", issuer);
  if (asked.state) back.searchParams.set("state", asked.state);
  return back.href;
}

function redeem(form) {
  const asked = codes.get(form.get("code"));
  codes.delete(form.get("code"));
  const challenge = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url");
  const same = ["client_id", "redirect_uri", "resource"].every((name) => form.get(name) === asked?.[name]);
  if (!same || challenge !== asked.code_challenge) return null;
  const access_token = token(asked.resource, asked.client_id, asked.scope ?? "");
  return { access_token, token_type: "Bearer", expires_in: 3600, scope: asked.scope };
}

async function answer(request, response) {
  const url = new URL(request.url, issuer);
  let body = "";
  for await (const chunk of request) body += chunk;
  const answers = {
    "GET /.well-known/oauth-authorization-server": metadata,
    "GET /jwks": () => ({ keys: [{ ...publicKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" }] }),
    "POST /register": () => register(body),
    "POST /token": () => redeem(new URLSearchParams(body)),
  };
  const route = `${request.method} ${url.pathname}`;
  if (route === "GET /authorize") {
    const location = authorize(url.searchParams);
    response.writeHead(location ? 302 : 400, location ? { location } : {}).end();
  } else if (route in answers) {
    const answer = answers[route]();
    const status = answer ? (route === "POST /register" ? 201 : 200) : 400;
    const json = JSON.stringify(answer ?? { error: "invalid_grant" });
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" }).end(json);
  } else {
    response.writeHead(404).end();
  }
}

const [audience, file] = process.argv.slice(2);
const pem = file && readFileSync(file);
const server = pem ? createTlsServer({ key: pem, cert: pem }, answer) : createServer(answer);
server.listen(0, "127.0.0.1", () => {
  issuer = `${pem ? "https" : "http"}://127.0.0.1:${server.address().port}`;
  console.log(JSON.stringify({ issuer, token: token(audience, "tests", "mcp:read mcp:write") }));
});
process.stdin.resume().on("end", () => process.exit());
