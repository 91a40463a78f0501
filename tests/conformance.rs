//! The points on which implementations differ, and what became of each here: a rule, a difference between senders, or a
//! decision. `BLESS=1 cargo test --test conformance` writes docs/conformance.md anew; which senders differ, and what a
//! rule says, come from the code.
#![cfg(not(target_arch = "wasm32"))]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use mta_sts::rules;
use mta_sts::senders::PROFILES;

/// A point: its number, what it is about, the rules on it, and what was decided or why it is not ours.
type Point = (u8, &'static str, &'static [&'static str], &'static str);

const POINTS: &[Point] = &[
    (
        1,
        "white space between `v=STSv1` and its `;`",
        &["record-space-before-semicolon"],
        "The ABNF allows it and the prose does not: kept where no other record begins as the prose asks.",
    ),
    (2, "`v=STSv10;`, or `v=STSv1` alone", &["record-version", "record-id-missing", "record-set-aside"], ""),
    (3, "several records", &["record-multiple", "record-several"], ""),
    (4, "an unrelated TXT record beside it", &["record-set-aside"], ""),
    (
        5,
        "a record in several strings",
        &[],
        "Joined without a space, as §3.1 says; in a pasted zone-file line, too.",
    ),
    (6, "the version is not the first field", &["record-version"], ""),
    (7, "case of `v`, `STSv1`, `id`", &["record-version", "record-id-missing"], ""),
    (8, "white space around `=`", &["record-space-around-equals"], ""),
    (
        9,
        "white space at the end without `;`",
        &["record-trailing-space"],
        "The ABNF has no place for it: an error.",
    ),
    (10, "a final `;`, with a space behind it", &[], "Allowed, so nothing is said."),
    (11, "`;;`", &["record-empty-field"], "The ABNF refuses it: an error."),
    (12, "characters of the `id`", &["record-id"], ""),
    (13, "an empty `id`", &["record-id"], ""),
    (
        14,
        "a second `id`",
        &["record-id-repeated"],
        "The first counts: the sentence on repeated fields of §3.2 is read as meant for both grammars.",
    ),
    (
        15,
        "names and values of extensions",
        &["record-extension-name", "record-extension-value"],
        "The ABNF refuses a malformed one: an error.",
    ),
    (16, "a field without `=`", &["record-no-equals"], ""),
    (17, "characters outside ASCII in the record", &["record-not-ascii"], ""),
    (
        18,
        "an alias (CNAME) at `_mta-sts`",
        &["delegation-half"],
        "Followed; the names it leads through stand in the report (`record.aliases`).",
    ),
    (19, "timeout or SERVFAIL for `_mta-sts`", &["record-dns-error"], ""),
    (20, "the record of the parent domain", &["record-absent"], "Not looked at: §3.4 forbids to use it."),
    (
        21,
        "quotes in a DoH JSON answer",
        &[],
        "DNS over HTTPS is asked in wire format (RFC 8484), which has no quotes.",
    ),
    (22, "LF or CRLF", &[], "Both are line ends, also mixed: the ABNF and erratum 6253."),
    (23, "a last line without a line end", &[], "Allowed, so nothing is said."),
    (24, "an empty line", &["policy-blank-line"], "The ABNF refuses it: an error."),
    (
        25,
        "CR alone, VT, FF, NEL, U+2028",
        &["policy-bare-cr", "policy-line-separator", "policy-value-not-ascii"],
        "",
    ),
    (26, "a byte order mark", &["policy-byte-order-mark"], ""),
    (27, "white space in front of a name", &["policy-leading-space"], ""),
    (28, "white space between a name and its colon", &["policy-space-before-colon"], ""),
    (29, "tabs behind the colon, white space at the end of a line", &[], "Allowed, so nothing is said."),
    (
        30,
        "case of names",
        &[
            "policy-mode-missing",
            "policy-max-age-missing",
            "policy-mx-missing",
            "policy-version-missing",
            "policy-field-near-miss",
        ],
        "",
    ),
    (31, "case of the version's value", &["policy-version"], ""),
    (32, "case of the mode's value", &["policy-mode"], ""),
    (33, "no `version`", &["policy-version-missing"], ""),
    (34, "no `mode`", &["policy-mode-missing"], ""),
    (35, "no `max_age`", &["policy-max-age-missing"], ""),
    (36, "order of the fields", &[], "Free in a policy, so nothing is said."),
    (37, "a second `version`, `mode` or `max_age`", &["policy-field-repeated", "policy-twice"], ""),
    (38, "unknown fields", &["policy-field-unknown", "policy-field-near-miss"], ""),
    (39, "a colon in the value of an extension", &[], "Allowed; readers that refuse it stand in the matrix."),
    (40, "a line without a colon", &["policy-no-colon"], ""),
    (41, "comments", &["policy-no-colon", "policy-field-name"], ""),
    (42, "characters outside ASCII in the value of an extension", &["policy-value-not-ascii"], ""),
    (
        43,
        "U-labels in an `mx`",
        &["policy-mx"],
        "The host program makes the A-label, and the edit writes it.",
    ),
    (
        44,
        "the upper bound of `max_age`",
        &["policy-max-age-too-large", "policy-max-age"],
        "The prose's 31557600 is a MUST: an error above it. The ABNF's ten digits hold, not the eight of erratum 7282.",
    ),
    (
        45,
        "`max_age: 0`",
        &["policy-max-age-short"],
        "Well formed; a warning, but for `mode: none`, where §8.3 asks for a small one.",
    ),
    (46, "forms of `max_age`", &["policy-max-age"], ""),
    (47, "`mode: none` without `mx`", &["policy-none-without-mx"], ""),
    (48, "an empty `mx`", &["policy-mx"], ""),
    (49, "a dot at the end of an `mx`", &["policy-mx"], ""),
    (50, "a `*` that is not the whole left-most label", &["policy-mx"], ""),
    (51, "`.example.com`, the suffix form of an old draft", &["policy-mx"], ""),
    (
        52,
        "an IP address as `mx`",
        &["policy-mx-address", "policy-mx"],
        "One that fits `Domain` is a warning, as the policy can be read; `mx-not-matched` is the error where no other name covers the host.",
    ),
    (
        53,
        "an underscore in the name of an MX host",
        &["policy-mx", "mx-not-matched"],
        "It cannot be listed, and a wildcard covers it.",
    ),
    (54, "size", &["policy-too-large", "policy-body-too-large"], ""),
    (55, "redirects", &["policy-redirect"], ""),
    (56, "status", &["policy-status", "policy-not-found"], ""),
    (57, "Content-Type", &["policy-media-type"], ""),
    (
        58,
        "charset",
        &["policy-value-not-ascii", "policy-media-type"],
        "A policy is read as UTF-8 whatever the charset says.",
    ),
    (59, "name of the policy host's certificate", &["policy-certificate-name"], ""),
    (
        60,
        "expired or untrusted certificate of the policy host",
        &["policy-certificate-expired", "policy-certificate-untrusted"],
        "",
    ),
    (61, "SNI to the policy host", &[], "Always sent."),
    (
        62,
        "HTTP caching",
        &[],
        "Never used: the browser fetches with `cache: no-store`, the companion has no cache.",
    ),
    (
        63,
        "a slow policy host",
        &["policy-slow"],
        "A warning above four seconds, the shortest time that a sender we read waits.",
    ),
    (
        64,
        "a policy host that answers browsers only",
        &["policy-witnesses-disagree"],
        "The page fetches as a browser, the companion as a plain client: where the two differ it is said.",
    ),
    (
        65,
        "a policy host with one address family only",
        &[],
        "Not a fault: RFC 8461 asks for neither. The companion tries all addresses of the policy host.",
    ),
    (66, "how many labels `*` stands for", &["mx-not-matched", "policy-mx-shared"], "One, by §4.1."),
    (
        67,
        "the dot between `*` and the suffix",
        &["mx-not-matched"],
        "`evilexample.com` does not match `*.example.com`; vectors stand in `src/name.rs`.",
    ),
    (
        68,
        "Postfix plug-ins match the certificate against any pattern",
        &[],
        "A difference of Postfix before 3.10.5, not of a text: the plug-ins' readings stand in the matrix.",
    ),
    (69, "case of host names", &[], "Compared in lower case, as DNS does."),
    (
        70,
        "comparison of internationalized names",
        &[],
        "A-labels on either side: what is not ASCII is turned into A-labels before it is compared.",
    ),
    (
        71,
        "certificate of an MX host",
        &["mx-certificate-name", "mx-certificate-expired", "mx-certificate-untrusted"],
        "Revocation is a MAY and not looked at.",
    ),
    (
        72,
        "SNI to an MX host",
        &["mx-certificate-name"],
        "Always sent, as §4.2 asks; the certificate judged is the one given for it.",
    ),
    (73, "TLS 1.2 or later", &["mx-tls-failed"], ""),
    (
        74,
        "an MX host that cannot be reached",
        &["mx-connect-failed", "mx-not-observed"],
        "Not reached is never failed: what this machine could not see is said as such.",
    ),
    (
        75,
        "no MX, and null MX",
        &["mx-none", "mx-null", "mx-null-beside-others"],
        "Without MX records the domain's own address is the implicit host.",
    ),
    (
        76,
        "`testing`",
        &["policy-mode-testing", "testing-without-tlsrpt"],
        "Every host is judged as if the mode were enforce.",
    ),
    (
        77,
        "a cached policy outlives a failed refresh",
        &[],
        "The verdict is that of a sender with nothing cached, and says so.",
    ),
    (
        78,
        "no permanent failure before the id is looked at again",
        &[],
        "Not ours: it is about a sender's queue, of which nothing can be seen from outside.",
    ),
    (
        79,
        "order of updates",
        &["policy-witnesses-disagree"],
        "The draft page says whether the id has to change, and after the body.",
    ),
    (80, "taking MTA-STS back", &["policy-mode-none", "policy-none-without-mx"], ""),
    (81, "a wildcard that is too wide", &["policy-mx-public-suffix", "policy-mx-shared"], ""),
    (
        82,
        "the name of the TLSRPT record",
        &["tlsrpt-owner-name", "tlsrpt-absent"],
        "Where there is none at the right name, it is looked for at those that were seen in its place.",
    ),
    (83, "white space between `v=TLSRPTv1` and its `;`", &["tlsrpt-space-before-semicolon"], ""),
    (84, "several `rua`", &["tlsrpt-rua-repeated"], "The grammar allows it: a warning, and all count."),
    (
        85,
        "`,` `!` `;` in URIs",
        &["tlsrpt-rua-reserved", "tlsrpt-rua-uri"],
        "RFC 8460 §3 wants them percent-encoded: an error.",
    ),
    (86, "scheme of a `rua`", &["tlsrpt-rua-scheme"], ""),
    (87, "fields of a report", &[], "Not ours here: reports are no text that a domain publishes."),
    (88, "media types of a report", &[], "Not ours here: reports are no text that a domain publishes."),
];

#[test]
fn every_point_has_its_place() {
    let mut doc = String::from(
        "# What became of each point\n\nThe points on which implementations of MTA-STS and TLSRPT differ, and what this validator does about each: a rule (by its code;\n`mta-sts explain CODE` says more), a difference between senders (in the matrix that lint and report show; [senders.md](senders.md)\ngives the sources), or a decision. Written by `BLESS=1 cargo test --test conformance`, rules and senders from the code.\n\n| # | point | rules | senders that differ | decision |\n|---|---|---|---|---|\n",
    );
    for (number, (point, about, codes, decision)) in (1u8..).zip(POINTS) {
        assert_eq!(*point, number, "{about}");
        let rules: Vec<String> = codes
            .iter()
            .map(|code| {
                let rule =
                    rules::explain(code).unwrap_or_else(|| panic!("point {point}: no rule is called {code}"));
                format!("`{code}` ({})", rule.level.as_str())
            })
            .collect();
        let differ =
            PROFILES.iter().filter(|profile| profile.differences().iter().any(|at| at.point == *point));
        let differ: Vec<&str> = differ.map(|profile| profile.name).collect();
        assert!(
            !(rules.is_empty() && differ.is_empty() && decision.is_empty()),
            "point {point} has no place"
        );
        let shown = decision.replace('|', "\\|");
        writeln!(doc, "| {point} | {about} | {} | {} | {shown} |", rules.join(", "), differ.join(", "))
            .expect("a line");
    }
    assert_eq!(POINTS.len(), 88);
    for profile in PROFILES {
        for difference in profile.differences() {
            assert!((1..=88).contains(&difference.point), "{}: {difference:?}", profile.name);
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/conformance.md");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &doc).expect("the table can be written");
    }
    assert_eq!(fs::read_to_string(path).expect("docs/conformance.md"), doc, "BLESS=1 writes it anew");
}
