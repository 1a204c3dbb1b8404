//! Which variables hold secrets: those do not go into hosts' files. Pure.

/// What the name of a variable with a secret ends in.
const NAMES: [&str; 5] = ["TOKEN", "TOKENS", "KEY", "SECRET", "PASSWORD"];

/// What the secrets of well-known services begin with, and how long they are at least.
const FORMS: [(&str, usize); 27] = [
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 20),
    ("sk-", 20),
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("rk_live_", 16),
    ("whsec_", 16),
    ("AKIA", 20),
    ("ASIA", 20),
    ("AIza", 30),
    ("ya29.", 20),
    ("xoxb-", 16),
    ("xoxp-", 16),
    ("xoxa-", 16),
    ("xapp-", 16),
    ("hf_", 20),
    ("npm_", 20),
    ("pypi-", 20),
    ("dop_v1_", 20),
    ("lin_api_", 16),
    ("shpat_", 16),
    ("SG.", 20),
];

/// Whether a variable of this name and value holds a secret, as far as that can be seen.
#[must_use]
pub fn is_secret(name: &str, value: &str) -> bool {
    let name = name.to_uppercase();
    NAMES.iter().any(|end| name.ends_with(end)) || has_known_form(value)
}

fn has_known_form(value: &str) -> bool {
    let value = value.trim();
    let words = || value.split([' ', ',', ';', '"', '\'', '=']);
    let known = |word: &str| {
        let mut forms = FORMS.iter();
        forms.any(|(start, length)| word.starts_with(start) && word.len() >= *length)
    };
    words().any(|word| known(word) || is_web_token(word) || has_password(word))
        || value.contains("PRIVATE KEY-----")
}

/// A JSON Web Token: three parts, of which the first two are objects in Base64.
fn is_web_token(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() == 3 && parts[..2].iter().all(|part| part.starts_with("eyJ"))
}

/// An address with a user and a password: `scheme://user:password@host`.
fn has_password(word: &str) -> bool {
    let Some((_, rest)) = word.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    user.and_then(|user| user.split_once(':'))
        .is_some_and(|(_, password)| !password.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_give_secrets_away() {
        for (name, value) in [
            ("API_KEY", "x"),
            ("api_token", "x"),
            ("MCP_AUTH_TOKENS", "a,b"),
            ("CLIENT_SECRET", ""),
            ("PGPASSWORD", "x"),
            ("X", "ghp_0123456789abcdef0123"),
            ("X", "Bearer sk-0123456789abcdef0123"),
            ("X", "AKIA0123456789ABCDEF"),
            ("X", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"),
            ("X", "-----BEGIN PRIVATE KEY-----\nMII"),
            ("DATABASE", "postgres://me:hunter2@db.example/x"),
        ] {
            assert!(is_secret(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("MCP_LOG", "debug"),
            ("KEYS_PER_PAGE", "10"),
            ("X", "sk-short"),
            ("X", "https://example.com/a:b@c"),
            ("X", "postgres://db.example:5432/x"),
            ("X", "postgres://me@db.example/x"),
            ("X", "eyJ.a.b"),
            ("MCP_DATABASE_FILE", "/home/me/notes.db"),
        ] {
            assert!(!is_secret(name, value), "{name}={value}");
        }
    }
}
