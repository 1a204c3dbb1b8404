"""Access tokens over HTTP: which are good, and what is said of the others."""

import hashlib
import hmac
import json
import time

import jwt

from .connecting import ISSUER, TOKEN
from .issuer import RESOURCE, Issuer, Key
from .serving import HttpProcess

METADATA = (
    'resource_metadata="https://mcp.example/.well-known/oauth-protected-resource/mcp", '
    'scope="mcp:read"'
)

CLAIM = "a claim is missing or malformed"
FUTURE = "the token is from the future"
KEY = "the key is not known"
MALFORMED = "the token is malformed"
RESOURCES = "the token is for another resource"
SIGNATURE = "the signature is wrong"

EC, RSA, ED, PSS = Key("ec"), Key("rsa", "RS256"), Key("ed", "EdDSA"), Key("pss", "RS256")


def trusted() -> Issuer:
    """Return an authorization server with a key of each kind."""
    PSS.public["alg"] = "PS256"
    issuer = Issuer(EC, RSA, ED, PSS)
    # Keys of no use to this server take nothing from the others.
    secret = jwt.utils.base64url_encode(b"a shared secret of 32 characters").decode()
    issuer.keys += [
        {"kty": "oct", "kid": "oct", "k": secret},
        {"kty": "AKP", "kid": "akp", "alg": 7},
        "key",
    ]
    return issuer


def test_good_tokens_of_every_kind_get_in() -> None:
    issuer, now = trusted(), time.time()
    claims = issuer.claims()
    good = [
        issuer.token(),
        issuer.token(exp=now - 5),
        issuer.token(exp=4e9),
        issuer.token(nbf=now + 10),
        issuer.token(aud=["https://other.example", RESOURCE]),
        issuer.token(nbf=None, iat=None, client_id=None),
        issuer.token(scope=None, scp=["mcp:write", "mcp:read"]),
        RSA.sign(claims),
        RSA.sign(claims, "PS256", alg="PS256"),
        PSS.sign(claims, "PS256", alg="PS256"),
        ED.sign(claims),
        # Without a key's name it must be clear which one is meant.
        ED.sign(claims, kid=None, typ="JWT"),
    ]
    with HttpProcess(MCP_OAUTH_ISSUER=issuer.url) as server:
        for token in good:
            response = server.post(Authorization=f"Bearer {token}")
            assert response.status == 200, (token, response.headers["WWW-Authenticate"])


def bad_claims(issuer: Issuer) -> list[tuple[str, str]]:
    now = time.time()
    return [
        (issuer.token(exp=now - 60), "the token has expired"),
        (issuer.token(nbf=now + 3600), "the token is not valid yet"),
        (issuer.token(iat=now + 3600), FUTURE),
        (issuer.token(iat=-1), FUTURE),
        (issuer.token(exp="soon"), MALFORMED),
        (issuer.token(exp=float("nan")), MALFORMED),
        (issuer.token(iss="https://other.example"), "the token is of another issuer"),
        (issuer.token(iss=f"{issuer.url}/"), "the token is of another issuer"),
        (issuer.token(aud="https://other.example"), RESOURCES),
        (issuer.token(aud=f"{RESOURCE}/"), RESOURCES),
        (issuer.token(aud="https://mcp.example"), RESOURCES),
        (issuer.token(aud=[]), CLAIM),
        (issuer.token(sub=7), CLAIM),
        (issuer.token(scope={}), CLAIM),
        (issuer.token(padding="x" * 8 * 1024), "the token is too long"),
        *((issuer.token(**{name: None}), CLAIM) for name in ("exp", "iss", "aud", "sub")),
    ]


def bad_signatures(issuer: Issuer) -> list[tuple[str, str]]:
    claims, token, stranger = issuer.claims(), issuer.token(), Key("ec")
    message, _, signature = token.rpartition(".")
    payload = message.partition(".")[2]

    def unsigned(algorithm: str) -> str:
        head = jwt.utils.base64url_encode(json.dumps({"alg": algorithm, "kid": "ec"}).encode())
        return f"{head.decode()}.{payload}"

    # The public key, which everybody knows, taken for a shared secret.
    public = json.dumps(EC.public).encode()
    digest = hmac.new(public, unsigned("HS256").encode(), hashlib.sha256).digest()
    confused = f"{unsigned('HS256')}.{jwt.utils.base64url_encode(digest).decode()}"
    return [
        (f"{unsigned('none')}.", MALFORMED),
        (f"{unsigned('ES256')}.", SIGNATURE),
        (confused, "the algorithm is not asymmetric"),
        (stranger.sign(claims), SIGNATURE),
        (stranger.sign(claims, jwk=stranger.public), SIGNATURE),
        (f"{message}.{signature[4:]}", SIGNATURE),
        (EC.sign(claims, kid="other"), KEY),
        (EC.sign(claims, kid="oct"), KEY),
        (EC.sign(claims, kid="rsa"), KEY),
        (EC.sign(claims, alg="ES384"), KEY),
        (EC.sign(claims, alg="RS256"), KEY),
        (RSA.sign(claims, "PS256", alg="PS256", kid=None), KEY),
        (RSA.sign(claims, "PS256"), SIGNATURE),
        (PSS.sign(claims), KEY),
        (EC.sign(claims, crit=["exp"]), "the token has critical extensions"),
        (EC.sign(claims, crit=[]), "the token has critical extensions"),
        (EC.sign(claims, typ="id_token+jwt"), "the token is no access token"),
        (EC.sign(claims, kid=7), MALFORMED),
        (f"{token}.x", MALFORMED),
        (message, MALFORMED),
        ("x", MALFORMED),
    ]


def test_bad_tokens_are_refused_and_told_why() -> None:
    issuer = trusted()
    with HttpProcess(MCP_OAUTH_ISSUER=issuer.url) as server:
        for token, why in (*bad_claims(issuer), *bad_signatures(issuer)):
            response = server.post(Authorization=f"Bearer {token}")
            assert response.status == 401, (token, why)
            said = f'error="invalid_token", error_description="{why}"'
            assert response.headers["WWW-Authenticate"] == f"Bearer {said}, {METADATA}", token
        assert server.post(Authorization=f"Bearer {issuer.token()}").status == 200


def test_a_token_stands_in_one_header_and_nowhere_else() -> None:
    with HttpProcess() as server:
        for value in ("", "Bearer", "Basic YWxpY2U6c2VjcmV0", TOKEN):
            response = server.post(Authorization=value)
            assert response.status == 401
            assert response.headers["WWW-Authenticate"] == f"Bearer {METADATA}"
        for scheme in ("bearer", "BEARER "):
            assert server.post(Authorization=f"{scheme} {TOKEN}").status == 200
        for path in ("/mcp", "/metrics", f"/mcp?access_token={TOKEN}"):
            assert server.get(path, Authorization="").status == 401
        assert server.get("/healthz", Authorization="").status == 200
        assert server.get("/metrics").status == 200


def test_whoever_needs_a_token_learns_where_to_get_one() -> None:
    with HttpProcess("--oauth-scopes", "b, a") as server:
        path = "/.well-known/oauth-protected-resource"
        for place in (path, f"{path}/mcp"):
            response = server.get(place, Authorization="")
            assert response.status == 200
            assert response.headers["Content-Type"] == "application/json"
            assert json.loads(response.read()) == {
                "resource": RESOURCE,
                "authorization_servers": [ISSUER.url],
                "scopes_supported": ["a", "b"],
                "bearer_methods_supported": ["header"],
            }
            assert server.get(place, Host="evil.example").status == 403


def test_metrics_on_a_port_of_their_own_need_no_token() -> None:
    """It is for the operator's network: no token that lives for minutes suits a scraper."""
    with HttpProcess("--metrics-port", "0") as server:
        address = server.metrics_address
        assert address
        assert server.get("/metrics", address, Authorization="").status == 200
        assert server.get("/metrics").status == 404
