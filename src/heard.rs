//! Words of host programs. A host program says some things in English, which is part of the evidence: of which kind an
//! address is, why a certificate is not trusted, what stopped a connection. A reader gets them in his own language where
//! they are known, and as they are where they come from a library.

use crate::say::{fill, form};
use crate::words::joined;

/// What the companion, the terminal and the browser's side say. `companion/tests/heard.rs` holds the list against them.
const FORMS: &[&str] = &[
    // of an address that is not dialled: what it is
    form!("no address of a host"),
    form!("private"),
    form!("shared by a provider's customers"),
    form!("a loopback address"),
    form!("link-local"),
    form!("a multicast address"),
    form!("reserved for documentation"),
    form!("reserved for benchmarks"),
    form!("reserved"),
    form!("an IPv4-mapped address, which is none of a host"),
    form!("the {form} form of an address that is not public"),
    // of a certificate: why it is not trusted
    form!("no certificate was sent"),
    form!("the certificate cannot be read"),
    form!("it is for TLS clients, not for servers (extended key usage)"),
    form!("it has an RSA key of {bits} bits, and TLS libraries of today take no fewer than {least}"),
    form!("it is signed with {algorithm}, which TLS libraries of today take no more"),
    form!(
        "the certificate of {name}, which it needs, has an RSA key of {bits} bits, and TLS libraries of today take no fewer than {least}"
    ),
    form!(
        "the certificate of {name}, which it needs, is signed with {algorithm}, which TLS libraries of today take no more"
    ),
    form!("it is the certificate of an authority (CA:TRUE), not of a server"),
    form!("it, or a certificate it needs, is not for TLS servers (extended key usage)"),
    form!("a signature in the chain is wrong"),
    form!("it is of X.509 version 1, and only version 3 can name its hosts"),
    form!("a certificate in the chain is signed by an algorithm that is taken no more, such as SHA-1"),
    form!(
        "a certificate in the chain is signed with a key that does not go with the algorithm, or is too weak"
    ),
    form!("an authority in the chain may not issue certificates for these names"),
    form!("an authority in the chain may have no other below it"),
    form!("more intermediate certificates lead to an authority than are followed (six)"),
    form!("too many certificates could be its issuer's to try them all"),
    form!("it has a critical extension that is not understood"),
    // of a handshake that fails
    form!("the server answers with something that is not TLS"),
    form!("the server closes the connection"),
    form!("the server does not come to STARTTLS this time"),
    form!("no ServerHello to a ClientHello of TLS 1.0 to 1.2"),
    form!("no whole handshake in time"),
    // of resolvers and the companion
    form!("the answer is to another question"),
    form!("not a DNS response: cannot be read from octet {at}"),
    form!("not a domain name"),
    form!("{name} is not a domain name"),
    form!("no resolver is chosen"),
    form!("the zoo"),
    form!("it does not answer"),
    form!("it does not send a whole answer"),
    form!("it does not answer in JSON"),
    form!("its answer is of another version"),
    form!("{host} does not answer as a resolver"),
    form!("{host} answers more than a DNS message can hold"),
    form!("{host} does not answer"),
    form!("{host} answers with status {status}"),
    form!("{address} is dialled for others as often as it may be; try again in a minute"),
];

/// What a host program says, in the reader's language where it is known. Several sentences may stand in it, with semicolons
/// between them.
pub(crate) fn in_words(text: &str) -> String {
    known(text).unwrap_or_else(|| {
        let parts = text.split("; ").map(|part| known(part).unwrap_or_else(|| part.to_owned()));
        joined(parts.collect())
    })
}

/// Whether each of its sentences is known.
#[must_use]
pub fn is_known(text: &str) -> bool {
    known(text).is_some() || text.split("; ").all(|part| known(part).is_some())
}

fn known(text: &str) -> Option<String> {
    FORMS.iter().find_map(|form| {
        let values: Vec<String> = values(form, text)?.into_iter().map(str::to_owned).collect();
        Some(fill(form, &values))
    })
}

/// What stands in the places of a form in a text that was made of it; none is empty or has a semicolon in it.
fn values<'t>(form: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut parts = form.split('{');
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut values = Vec::new();
    for part in parts {
        let (_, behind) = part.split_once('}')?;
        let end = if behind.is_empty() { rest.len() } else { rest.find(behind)? };
        let (value, left) = rest.split_at_checked(end)?;
        values.push(value);
        rest = left.strip_prefix(behind)?;
    }
    let fits = rest.is_empty() && values.iter().all(|value| !value.is_empty() && !value.contains("; "));
    fits.then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_in_english_is_found_by_its_form() {
        let of = |form, text| values(form, text);
        assert_eq!(
            of("{host} answers with status {status}", "a.example answers with status 502"),
            Some(vec!["a.example", "502"])
        );
        assert_eq!(of("{host} does not answer", "it does not answer"), Some(vec!["it"]));
        assert_eq!(of("{host} does not answer", " does not answer"), None);
        assert_eq!(of("private", "private"), Some(vec![]));
        assert_eq!(of("private", "private or not"), None);
        assert_eq!(of("reserved", "reserved for documentation"), None);
        for text in ["a loopback address", "a.example does not answer; b.example answers with status 502"] {
            assert!(is_known(text), "{text}");
            assert_eq!(in_words(text), text);
        }
        assert!(!is_known("received fatal alert: HandshakeFailure"));
        assert_eq!(
            in_words("received fatal alert: HandshakeFailure"),
            "received fatal alert: HandshakeFailure"
        );
    }

    #[test]
    fn every_form_is_found_by_itself() {
        for form in FORMS {
            let text = form.replace('{', "<").replace('}', ">");
            let first = FORMS.iter().find(|other| values(other, &text).is_some());
            assert_eq!(first, Some(form), "{text}");
        }
    }
}
