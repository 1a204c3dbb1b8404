//! Strings that must be more than strings: URIs, times, base64. As strict as the clients that check them.

/// A scheme, a colon and something without spaces: all that clients rely on.
pub(super) fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let mut letters = scheme.chars();
    letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        && !rest.is_empty()
        && !rest.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// Every brace is closed, and holds the name of a variable.
pub(super) fn is_template(text: &str) -> bool {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((inside, tail)) = after.split_once('}') else {
            return false;
        };
        if before.contains('}') || inside.contains('{') || !inside.contains(char::is_alphanumeric) {
            return false;
        }
        rest = tail;
    }
    !rest.contains('}')
}

/// `2026-07-28T12:00:00Z`, with a fraction of a second or an offset if there is one.
pub(super) fn is_time(text: &str) -> bool {
    let digits = |text: &str, form: &str| {
        text.len() == form.len()
            && text.chars().zip(form.chars()).all(|(c, form)| match form {
                '0' => c.is_ascii_digit(),
                form => c == form,
            })
    };
    let Some((date, time)) = text.split_once('T') else {
        return false;
    };
    let Some(zone) = time.find(['Z', '+', '-']) else {
        return false;
    };
    let (time, zone) = time.split_at(zone);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    digits(date, "0000-00-00")
        && (digits(time, "00:00:00") || digits(time, "00:00"))
        && fraction.chars().all(|c| c.is_ascii_digit())
        && (zone == "Z" || digits(&zone[1..], "00:00"))
}

/// As the clients that check it decode it: the standard alphabet, padding optional, white space ignored.
pub(super) fn is_base64(text: &str) -> bool {
    let digits: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bare = digits.trim_end_matches('=');
    let padding = digits.len() - bare.len();
    let alphabet = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    bare.chars().all(alphabet)
        && bare.len() % 4 != 1
        && (padding == 0 || (padding <= 2 && digits.len().is_multiple_of(4)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_and_base64_are_told_from_other_texts() {
        for uri in ["note:///a", "https://example.com", "urn:x", "a+b:c"] {
            assert!(is_uri(uri), "{uri}");
        }
        for text in ["", "a", "1a:b", "note: b", ":x", "a:"] {
            assert!(!is_uri(text), "{text}");
        }
        for text in ["", "aGk=", "aGk", "aG\nk=", "+/+/"] {
            assert!(is_base64(text), "{text}");
        }
        for text in ["note:///{name}", "a{?b,c}{/d*}", "plain"] {
            assert!(is_template(text), "{text}");
        }
        for text in ["a{b", "a}b", "{}", "{a{b}}"] {
            assert!(!is_template(text), "{text}");
        }
        for time in ["2026-07-28T12:00:00Z", "2026-07-28T12:00:00.5+02:00"] {
            assert!(is_time(time), "{time}");
        }
        for text in ["yesterday", "2026-07-28", "2026-07-28T12:00:00"] {
            assert!(!is_time(text), "{text}");
        }
        for text in ["a", "a=b=", "****", "aGk==", "_-8="] {
            assert!(!is_base64(text), "{text}");
        }
    }
}
