//! A domain with other texts than it has: what a cure of it is tried on.

use crate::Exhibit;
use crate::dns::Txt;
use crate::pki::Cert;
use crate::web::{Answer, Web};

/// As the files of every web host that the generator knows have it served.
const MEDIA_TYPE: &str = "text/plain; charset=utf-8";

impl Exhibit {
    /// The same domain with these texts in place of its own; what is `None` stays as it is.
    ///
    /// A record takes the place of all that is at its name, an alias too. A policy is served by a policy host that
    /// does what it should: one address, a certificate of its name, status 200, no redirect. The mail hosts stay as
    /// they are, and so does what the exhibit expects, which is of the domain as it was. As everywhere in the zoo,
    /// `{d}` stands for the domain.
    #[must_use]
    pub fn published(&self, record: Option<&str>, policy: Option<&str>, tlsrpt: Option<&str>) -> Self {
        let mut published = self.clone();
        if let Some(text) = record {
            published.record = txt(text);
        }
        if let Some(text) = tlsrpt {
            published.tlsrpt = txt(text);
        }
        if let Some(body) = policy {
            published.web = Web::Serves(Cert::Good, Answer::Typed(MEDIA_TYPE, kept(body)));
            published.also = &[];
            published.alias = None;
        }
        published
    }
}

/// One record of that text, in strings of at most 255 octets (RFC 1035 §3.3).
fn txt(text: &str) -> Txt {
    let mut strings: Vec<&'static str> = Vec::new();
    let mut rest = kept(text);
    while !rest.is_empty() {
        let end = (1..=rest.len().min(255)).rev().find(|end| rest.is_char_boundary(*end));
        let (string, behind) = rest.split_at(end.unwrap_or(rest.len()));
        strings.push(string);
        rest = behind;
    }
    Txt::Texts(Vec::leak(vec![&*Vec::leak(strings)]))
}

/// The text for as long as the process runs. Those of exhibits are constants, so that whatever serves them can be
/// copied, and a few more do no harm.
fn kept(text: &str) -> &'static str {
    String::leak(text.to_owned())
}
