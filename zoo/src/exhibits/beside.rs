//! Domains with SPF, DMARC and DKIM, or without. They are as good as `good` beside that, as none of it has to do with MTA-STS.

use super::{Exhibit, Expect, fine, good};
use crate::dns::Txt;

const SPF: &str = "v=spf1 mx -all";
const DMARC: &str = "v=DMARC1; p=reject; rua=mailto:dmarc@{d}";
/// An Ed25519 key (RFC 8463 §A.2).
const KEY: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

fn with_beside(
    name: &'static str,
    sentence: &'static str,
    beside: &'static [(&'static str, Txt)],
    states: [&'static str; 3],
) -> Exhibit {
    Exhibit { beside, expect: Expect { beside: Some(states), ..fine() }, ..good(name, sentence) }
}

pub(super) fn all() -> Vec<Exhibit> {
    vec![
        with_beside(
            "beside-good",
            "SPF, DMARC and a DKIM key under a selector that many have.",
            &[
                ("", Txt::Texts(&[&[SPF], &["some-service=verified"]])),
                ("_dmarc", Txt::Texts(&[&[DMARC]])),
                ("selector1._domainkey", Txt::Alias("selector1.keys.hosting", KEY)),
            ],
            ["found", "found", "found"],
        ),
        with_beside(
            "beside-nothing",
            "No SPF, no DMARC, and nothing under _domainkey: beside MTA-STS there is nothing.",
            &[],
            ["absent", "absent", "absent"],
        ),
        with_beside(
            "beside-broken",
            "Two SPF records, of which none counts, and a DMARC record that names no policy.",
            &[
                ("", Txt::Texts(&[&[SPF], &["v=spf1 include:_spf.{d} ~all"]])),
                ("_dmarc", Txt::Texts(&[&["v=DMARC1; p=rejct"]])),
                ("mail._domainkey", Txt::Texts(&[&["v=DKIM1; p="]])),
            ],
            ["broken", "broken", "none-of-these"],
        ),
        with_beside(
            "beside-spf-typo",
            "The SPF record has a mechanism that there is not, and the DKIM key a selector that nobody guesses.",
            &[
                ("", Txt::Texts(&[&["v=spf1 ipv4:192.0.2.1 -all"]])),
                ("_dmarc", Txt::Texts(&[&["v=DMARC1; p=none"]])),
                ("x7._domainkey", Txt::Texts(&[&[KEY]])),
            ],
            ["broken", "found", "none-of-these"],
        ),
        with_beside(
            "sub.beside-dmarc-above",
            "The DMARC record stands at the domain above, and counts here too.",
            &[("_dmarc.beside-dmarc-above.zoo.test.", Txt::Texts(&[&["v=DMARC1; p=none; sp=quarantine"]]))],
            ["absent", "found", "absent"],
        ),
        with_beside(
            "beside-servfail",
            "The resolver can look up none of SPF, DMARC and DKIM keys.",
            &[
                ("", Txt::ServFail),
                ("_dmarc", Txt::ServFail),
                ("_domainkey", Txt::ServFail),
                ("google._domainkey", Txt::ServFail),
            ],
            ["not-observed", "not-observed", "not-observed"],
        ),
    ]
}
