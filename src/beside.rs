//! What stands beside MTA-STS, TLSRPT and DANE: SPF (RFC 7208), DMARC (RFC 7489, RFC 9989) and DKIM (RFC 6376), read no
//! further than it takes to say that a record is there, or that it is plainly broken.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::say::say;
use crate::words::cut_after;

/// Whether a TXT record is one of SPF (RFC 7208 §4.5): `v=spf1`, alone or with a space behind it.
#[must_use]
pub fn is_spf(text: &[u8]) -> bool {
    match text.split_at_checked(SPF.len()) {
        Some((version, rest)) => {
            version.eq_ignore_ascii_case(SPF) && matches!(rest.first(), None | Some(b' '))
        }
        None => false,
    }
}

const SPF: &[u8] = b"v=spf1";

/// What an SPF record comes to, by itself: other domains it names are not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spf<'t> {
    /// It can be read.
    Good,
    /// It can be read, and anybody passes: `+all` (RFC 7208 §5.1).
    Anybody,
    /// It is a permanent error (RFC 7208 §4.6) from this term on.
    Broken(SpfFault, &'t [u8]),
}

/// What is wrong with a term of an SPF record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpfFault {
    /// No mechanism has that name (RFC 7208 §4.6.1).
    Unknown,
    /// It lacks the value it must have, or has one it must not have, or that cannot be read (RFC 7208 §5, §6).
    Value,
    /// That modifier may stand once (RFC 7208 §6).
    Repeated,
}

impl<'t> Spf<'t> {
    /// Reads a record that [`is_spf`].
    #[must_use]
    pub fn read(text: &'t [u8]) -> Self {
        let (mut all, mut once) = (None, Vec::new());
        for term in text.split(|byte| *byte == b' ').skip(1).filter(|term| !term.is_empty()) {
            if let Some((name, value)) = modifier(term) {
                let name = name.to_ascii_lowercase();
                // Others are allowed, and passed over (RFC 7208 §6).
                if !matches!(name.as_slice(), b"redirect" | b"exp") {
                    continue;
                }
                if once.contains(&name) {
                    return Self::Broken(SpfFault::Repeated, term);
                }
                if value.is_empty() || !is_shown(value) {
                    return Self::Broken(SpfFault::Value, term);
                }
                once.push(name);
                continue;
            }
            let (passes, bare) = match term {
                [b'+', bare @ ..] => (true, bare),
                [b'-' | b'?' | b'~', bare @ ..] => (false, bare),
                bare => (true, bare),
            };
            if let Some(fault) = fault_of(bare) {
                return Self::Broken(fault, term);
            }
            // What stands behind the first one is never looked at (RFC 7208 §5.1).
            if bare.eq_ignore_ascii_case(b"all") {
                all.get_or_insert(passes);
            }
        }
        if all == Some(true) { Self::Anybody } else { Self::Good }
    }
}

/// `name=value` (RFC 7208 §4.6.1); nothing where it is a mechanism, whose value may have an equals sign.
fn modifier(term: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, value) = split(term, b'=')?;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (name.first()?.is_ascii_alphabetic() && name.iter().all(is_name)).then_some((name, value))
}

/// What is wrong with a mechanism (RFC 7208 §5) without its qualifier.
fn fault_of(mechanism: &[u8]) -> Option<SpfFault> {
    let end = mechanism.iter().position(|byte| matches!(byte, b':' | b'/')).unwrap_or(mechanism.len());
    let (name, rest) = mechanism.split_at_checked(end)?;
    let value = rest.strip_prefix(b":");
    let is_fine = match name.to_ascii_lowercase().as_slice() {
        b"all" => rest.is_empty(),
        b"include" | b"exists" => value.is_some_and(|value| !value.is_empty() && is_shown(value)),
        b"ptr" => rest.is_empty() || value.is_some_and(|value| !value.is_empty() && is_shown(value)),
        // A domain, a prefix length, or both; a domain may have macros, so no more is said of it.
        b"a" | b"mx" => {
            is_shown(rest) && value.is_none_or(|value| value.first().is_some_and(|byte| *byte != b'/'))
        }
        b"ip4" => value.is_some_and(|value| is_network::<Ipv4Addr>(value, 32)),
        b"ip6" => value.is_some_and(|value| is_network::<Ipv6Addr>(value, 128)),
        _ => return Some(SpfFault::Unknown),
    };
    (!is_fine).then_some(SpfFault::Value)
}

/// An address, with a prefix length behind a slash where there is one.
fn is_network<A: FromStr>(text: &[u8], longest: u8) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let fits = |length: &str| {
        length.bytes().all(|byte| byte.is_ascii_digit())
            && length.parse::<u8>().is_ok_and(|length| length <= longest)
    };
    address.parse::<A>().is_ok() && length.is_none_or(fits)
}

/// Whether every octet is a visible character of ASCII.
fn is_shown(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_graphic)
}

/// What stands before and behind the first such octet.
fn split(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|byte| *byte == at)?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

/// The tags of a list (RFC 6376 §3.2, RFC 9989 §4.8), with the white space around names and values gone; what has no
/// equals sign is left out.
fn tags(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let pairs = text.split(|byte| *byte == b';').filter_map(|tag| split(tag, b'='));
    pairs.map(|(name, value)| (name.trim_ascii(), value.trim_ascii()))
}

/// The value of the first tag of that name.
fn tag<'t>(text: &'t [u8], wanted: &[u8]) -> Option<&'t [u8]> {
    tags(text).find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
}

/// Whether a TXT record is one of DMARC (RFC 9989 §4.10, RFC 7489 §6.6.3): its first tag is `v=DMARC1`.
#[must_use]
pub fn is_dmarc(text: &[u8]) -> bool {
    let first = text.split(|byte| *byte == b';').next().and_then(|tag| split(tag, b'='));
    // White space may stand around the equals sign, and not in front.
    first.is_some_and(|(name, value)| {
        name.trim_ascii_end().eq_ignore_ascii_case(b"v") && value.trim_ascii() == b"DMARC1"
    })
}

/// What a DMARC record asks receivers to do with mail that fails (RFC 9989 §4.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Nothing: `none`.
    Nothing,
    /// To treat it with suspicion: `quarantine`.
    Quarantine,
    /// To reject it: `reject`.
    Reject,
}

impl Asks {
    fn of(text: &[u8]) -> Option<Self> {
        let words = [
            (&b"none"[..], Self::Nothing),
            (&b"quarantine"[..], Self::Quarantine),
            (&b"reject"[..], Self::Reject),
        ];
        words.into_iter().find(|(word, _)| text.eq_ignore_ascii_case(word)).map(|(_, asks)| asks)
    }
}

/// A DMARC record, as far as it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dmarc {
    /// What it asks for, for the domain it stands at. Nothing where it names no policy that counts, and no address for
    /// reports either: then it does nothing (RFC 7489 §6.6.3; by RFC 9989 §4.7 it asks for nothing).
    pub asks: Option<Asks>,
    /// The same for domains below (`sp`).
    pub below: Option<Asks>,
    /// Whether it stands at a public suffix (`psd=y`) or says that it does not (`psd=n`; RFC 9989 §4.7).
    pub suffix: Option<bool>,
}

impl Dmarc {
    /// Reads a record that [`is_dmarc`].
    #[must_use]
    pub fn read(text: &[u8]) -> Self {
        let reports = tag(text, b"rua").is_some_and(|rua| rua.contains(&b':'));
        // A policy that cannot be read is none with reports, and the same was to be done where there is none.
        let asks = tag(text, b"p").and_then(Asks::of).or_else(|| reports.then_some(Asks::Nothing));
        let suffix = match tag(text, b"psd") {
            Some(value) if value.eq_ignore_ascii_case(b"y") => Some(true),
            Some(value) if value.eq_ignore_ascii_case(b"n") => Some(false),
            _ => None,
        };
        Self { asks, below: tag(text, b"sp").and_then(Asks::of).or(asks), suffix }
    }
}

/// What a TXT record under a selector is (RFC 6376 §3.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DkimKey {
    /// A key.
    Key,
    /// A key that was revoked: its `p` is empty.
    Revoked,
    /// No key record.
    Other,
}

impl DkimKey {
    /// Reads a TXT record.
    #[must_use]
    pub fn read(text: &[u8]) -> Self {
        let first = tags(text).next();
        // A version has to be that one, and to come first.
        if tag(text, b"v").is_some_and(|version| version != b"DKIM1" || first != Some((b"v", b"DKIM1"))) {
            return Self::Other;
        }
        let is_base64 = |byte: &u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=') || byte.is_ascii_whitespace()
        };
        match tag(text, b"p") {
            Some([]) => Self::Revoked,
            Some(key) if key.iter().all(is_base64) => Self::Key,
            _ => Self::Other,
        }
    }
}

/// Selectors that many domains have, each with who has its customers use it and where that was read. A domain may have any other,
/// so that none of these is there shows nothing; of those that come in a row one or two are enough to find keys.
pub const COMMON: &[&str] = &[
    // Microsoft 365: https://github.com/StackExchange/dnscontrol, documentation of M365_BUILDER
    "selector1",
    "selector2",
    // Google Workspace, unless its administrator says otherwise: TXT records in public zone files
    "google",
    // Fastmail, with fm2 and fm3: https://www.fastmail.help/hc/en-us/articles/360060591153
    "fm1",
    // Proton, with protonmail2 and 3: CNAMEs to domains.proton.ch in public Terraform files
    "protonmail",
    // Zoho: TXT records in public zone files
    "zmail",
    "zoho",
    // SendGrid and Tuta, with s2: CNAMEs to s1.domainkey.u….wl….sendgrid.net and s1.domainkey.tutanota.de in public zone files
    "s1",
    // Mailchimp, with k3: CNAMEs to dkim.mcsv.net (older) and dkim2.mcsv.net in public zone files
    "k1",
    "k2",
    // Mandrill and Postmark: TXT records in public zone files
    "mandrill",
    "pm",
    // Mailgun: TXT records in public zone files
    "krs",
    // Mailjet: TXT records in public zone files
    "mailjet",
    // Resend: TXT records in public zone files
    "resend",
    // Brevo, with brevo2: CNAMEs in public zone files
    "brevo1",
    // Migadu, with key2: CNAMEs to key1.DOMAIN._domainkey.migadu.com in public zone files
    "key1",
    // iCloud: CNAMEs to sig1.dkim.DOMAIN.at.icloudmailadmin.com in public zone files
    "sig1",
    // mailbox.org, with MBO0002: CNAMEs to MBO0001._domainkey.mailbox.org in public zone files
    "mbo0001",
    // Hostinger, with -b and -c: CNAMEs in public zone files
    "hostingermail-a",
    // Cloudflare Email Routing: TXT records in public zone files
    "cf2024-1",
    // Nobody's own: what people name theirs, by the list of https://github.com/black3dm0nd/ghosteye
    "default",
    "dkim",
    "mail",
];

/// Most selectors that a user may name.
pub const MAX_NAMED: usize = 16;
/// Most octets of a selector: what fits in front of `._domainkey.` and the shortest domain (RFC 1035 §2.3.4).
const MAX_SELECTOR: usize = 235;

/// A selector of DKIM keys (RFC 6376 §3.1), in small letters: one label or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Selector(String);

/// A text that names no selector, or too many of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectorError {
    /// That is none.
    NotOne(String),
    /// More than [`MAX_NAMED`].
    TooMany,
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::NotOne(text) => {
                say!(
                    "`{text}` is no DKIM selector: write what stands in front of ._domainkey, such as s1",
                    text
                )
            }
            Self::TooMany => say!("name at most {most} DKIM selectors", most = MAX_NAMED),
        })
    }
}

impl std::error::Error for SelectorError {}

impl Selector {
    /// Reads one selector: labels of letters, digits, hyphens and underscores. The names of its records, which are often what is
    /// at hand, are taken too: what stands behind `._domainkey` is left away.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let lower = text.trim().to_ascii_lowercase();
        let selector = lower.split_once("._domainkey").map_or(lower.as_str(), |(selector, _)| selector);
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        if selector.len() <= MAX_SELECTOR && selector.split('.').all(is_label) {
            Ok(Self(selector.to_owned()))
        } else {
            Err(SelectorError::NotOne(cut_after(text.trim(), 60)))
        }
    }

    /// Reads selectors with commas or white space between them, each once.
    ///
    /// # Errors
    /// One is none, or there are more than [`MAX_NAMED`].
    pub fn parse_all(text: &str) -> Result<Vec<Self>, SelectorError> {
        let mut all = Vec::new();
        for one in text.split(|c: char| c == ',' || c.is_whitespace()).filter(|one| !one.is_empty()) {
            let one = Self::parse(one)?;
            if !all.contains(&one) {
                all.push(one);
            }
        }
        if all.len() > MAX_NAMED { Err(SelectorError::TooMany) } else { Ok(all) }
    }

    /// The selector.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Selector {
    type Error = SelectorError;

    fn try_from(text: String) -> Result<Self, SelectorError> {
        Self::parse(&text)
    }
}

impl From<Selector> for String {
    fn from(selector: Selector) -> Self {
        selector.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spf_records_are_told_from_others() {
        for (text, expected) in [
            ("v=spf1", true),
            ("v=spf1 -all", true),
            ("V=SPF1 -all", true),
            ("v=spf1  ", true),
            ("v=spf10 -all", false),
            ("v=spf1\t-all", false),
            (" v=spf1 -all", false),
            ("v=spf", false),
            ("spf2.0/pra -all", false),
            ("", false),
        ] {
            assert_eq!(is_spf(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn spf_records_that_cannot_be_read_are_broken() {
        use SpfFault::{Repeated, Unknown, Value};
        for (text, expected) in [
            ("v=spf1", Spf::Good),
            ("v=spf1 -all", Spf::Good),
            ("v=spf1 mx a:%{d}/24//64 a/24 mx//64 ip4:192.0.2.0/24 ip6:2001:db8::/32 ?all", Spf::Good),
            ("v=spf1 INCLUDE:_spf.example.com ~ALL", Spf::Good),
            ("v=spf1  exists:%{i}._spf.example.com  redirect=a.example", Spf::Good),
            ("v=spf1 ptr ptr:example.com exp=explain.example -all", Spf::Good),
            ("v=spf1 future=1 x-y_z.0=a:b -all", Spf::Good),
            ("v=spf1 +all", Spf::Anybody),
            ("v=spf1 mx ALL", Spf::Anybody),
            ("v=spf1 -all +all", Spf::Good),
            ("v=spf1 include -all", Spf::Broken(Value, b"include")),
            ("v=spf1 include: -all", Spf::Broken(Value, b"include:")),
            ("v=spf1 all:example.com", Spf::Broken(Value, b"all:example.com")),
            ("v=spf1 a: -all", Spf::Broken(Value, b"a:")),
            ("v=spf1 mx:/24 -all", Spf::Broken(Value, b"mx:/24")),
            ("v=spf1 ip4:192.0.2 -all", Spf::Broken(Value, b"ip4:192.0.2")),
            ("v=spf1 ip4:192.0.2.1/33 -all", Spf::Broken(Value, b"ip4:192.0.2.1/33")),
            ("v=spf1 ip4:192.0.2.1/+3", Spf::Broken(Value, b"ip4:192.0.2.1/+3")),
            ("v=spf1 ip4:192.0.2.1/", Spf::Broken(Value, b"ip4:192.0.2.1/")),
            ("v=spf1 ip6:192.0.2.1", Spf::Broken(Value, b"ip6:192.0.2.1")),
            ("v=spf1 redirect= -all", Spf::Broken(Value, b"redirect=")),
            ("v=spf1 redirect=a.b redirect=c.d", Spf::Broken(Repeated, b"redirect=c.d")),
            ("v=spf1 exp=a.b EXP=c.d", Spf::Broken(Repeated, b"EXP=c.d")),
            ("v=spf1 ipv4:192.0.2.1 -all", Spf::Broken(Unknown, b"ipv4:192.0.2.1")),
            ("v=spf1 mx, -all", Spf::Broken(Unknown, b"mx,")),
            ("v=spf1 --all", Spf::Broken(Unknown, b"--all")),
            ("v=spf1 \u{2013}all", Spf::Broken(Unknown, "\u{2013}all".as_bytes())),
            ("v=spf1 -all\n", Spf::Broken(Unknown, b"-all\n")),
            ("v=spf1 include:\u{202e}a -all", Spf::Broken(Value, "include:\u{202e}a".as_bytes())),
        ] {
            assert!(is_spf(text.as_bytes()), "{text:?}");
            assert_eq!(Spf::read(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn dmarc_records_are_told_from_others() {
        for (text, expected) in [
            ("v=DMARC1", true),
            ("v=DMARC1;", true),
            ("v=DMARC1; p=none", true),
            ("v = DMARC1 ;p=none", true),
            ("v=dmarc1; p=none", false),
            ("v=DMARC12; p=none", false),
            ("p=none; v=DMARC1", false),
            (" v=DMARC1; p=none", false),
            ("v=DMARC1 p=none", false),
            ("v=spf1 -all", false),
            ("", false),
        ] {
            assert_eq!(is_dmarc(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn dmarc_records_ask_for_what_is_done() {
        use Asks::{Nothing, Quarantine, Reject};
        for (text, asks, below) in [
            ("v=DMARC1; p=none", Some(Nothing), Some(Nothing)),
            ("v=DMARC1; p=Quarantine; sp=reject", Some(Quarantine), Some(Reject)),
            ("v=DMARC1;p=reject;rua=mailto:a@b.example", Some(Reject), Some(Reject)),
            ("v=DMARC1; p = reject ; sp=", Some(Reject), Some(Reject)),
            ("v=DMARC1; rua=mailto:a@b.example", Some(Nothing), Some(Nothing)),
            ("v=DMARC1; p=rejct; rua=mailto:a@b.example", Some(Nothing), Some(Nothing)),
            ("v=DMARC1; p=rejct", None, None),
            ("v=DMARC1; p=rejct; rua=nobody", None, None),
            ("v=DMARC1", None, None),
            ("v=DMARC1; p", None, None),
        ] {
            let dmarc = Dmarc::read(text.as_bytes());
            assert_eq!((dmarc.asks, dmarc.below), (asks, below), "{text:?}");
        }
        assert_eq!(Dmarc::read(b"v=DMARC1; p=none; psd=y").suffix, Some(true));
        assert_eq!(Dmarc::read(b"v=DMARC1; p=none; psd=N").suffix, Some(false));
        assert_eq!(Dmarc::read(b"v=DMARC1; p=none; psd=u").suffix, None);
    }

    #[test]
    fn dkim_keys_are_told_from_others() {
        for (text, expected) in [
            ("v=DKIM1; k=rsa; p=MIGfMA0G+/=", DkimKey::Key),
            ("k=rsa; p=MIGf MA0G", DkimKey::Key),
            ("p=MIGf", DkimKey::Key),
            ("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=;", DkimKey::Key),
            ("v=DKIM1; p=", DkimKey::Revoked),
            ("v=DKIM1; p= ;", DkimKey::Revoked),
            ("v=DKIM1; k=rsa", DkimKey::Other),
            ("v=DKIM2; p=MIGf", DkimKey::Other),
            ("k=rsa; v=DKIM1; p=MIGf", DkimKey::Other),
            ("v=DMARC1; p=none", DkimKey::Other),
            ("v=DKIM1; p=<script>", DkimKey::Other),
            ("v=spf1 -all", DkimKey::Other),
            ("o=~", DkimKey::Other),
            ("", DkimKey::Other),
        ] {
            assert_eq!(DkimKey::read(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn selectors_are_labels() {
        let read =
            |text: &str| Selector::parse_all(text).map(|all| all.iter().map(Selector::to_string).collect());
        let fine =
            |names: &[&str]| Ok::<Vec<String>, _>(names.iter().map(|name| (*name).to_owned()).collect());
        for (text, names) in [
            ("", &[][..]),
            (" , ,", &[]),
            ("s1", &["s1"]),
            ("S1,s1 , k_2\tmail.2026", &["s1", "k_2", "mail.2026"]),
            ("MBO0001._domainkey.example.com.", &["mbo0001"]),
        ] {
            assert_eq!(read(text), fine(names), "{text:?}");
        }
        let long = "a".repeat(64);
        let longer = ["a"; 119].join(".");
        for text in ["a..b", ".a", "a.", "<b>", "a;b", "\u{e9}", "a\u{202e}b", &long, &longer] {
            assert!(read(text).is_err(), "{text:?}");
        }
        let many: Vec<String> = (0..=MAX_NAMED).map(|number| format!("s{number}")).collect();
        assert_eq!(read(&many.join(",")), Err(SelectorError::TooMany));
        assert!(COMMON.iter().all(|name| Selector::parse(name).is_ok_and(|one| one.as_str() == *name)));
        assert!(COMMON.len() <= 24);
        // What cannot be seen is written out.
        let error = Selector::parse("a\u{202e}b").expect_err("no selector");
        assert!(error.to_string().contains("a<U+202E>b"), "{error}");
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig {
            failure_persistence: None,
            ..proptest::prelude::ProptestConfig::default()
        })]

        /// Whatever anybody publishes is read as something, and what is quoted of it stands in it.
        #[test]
        fn nothing_panics(
            text in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80),
            near in "[vspfdmarkDMARC1=;: /+~?.%alinclude0-9-]{0,60}",
        ) {
            let near_spf = format!("v=spf1 {near}");
            for text in [text.as_slice(), near.as_bytes(), near_spf.as_bytes()] {
                if let Spf::Broken(_, term) = Spf::read(text) {
                    assert!(text.windows(term.len()).any(|window| window == term));
                }
                assert!(!(is_spf(text) && is_dmarc(text)));
                let dmarc = Dmarc::read(text);
                assert!(dmarc.asks.is_none() || dmarc.below.is_some());
                let key = DkimKey::read(text);
                assert!(key == DkimKey::Other || text.contains(&b'='));
                if let Ok(all) = Selector::parse_all(&String::from_utf8_lossy(text)) {
                    assert!(all.len() <= MAX_NAMED);
                }
            }
        }
    }
}
