//! What is asked, who asked, and what they saw. Evidence is data: it can be saved, compared and
//! replayed, and everything the report says is computed from it.

use std::net::IpAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::beside::Selector;
use crate::dns::{Kind, Message, Name, Query, Record};
use crate::name::{Domain, Host, Names};
use crate::say::say;

pub use closer::{Closer, Hello, Nameless};

mod closer;

/// Something a host program does for the engine. With [`Outcome`] it is the whole protocol between
/// the two, in one process and over the companion's HTTP API alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Ask a resolver.
    Dns {
        /// The owner name, in presentation format.
        name: String,
        /// The record type.
        rrtype: Kind,
        /// With checking disabled: asked a second time after SERVFAIL, to tell DNSSEC apart.
        cd: bool,
    },
    /// Fetch the policy body of a domain (RFC 8461 §3.3).
    Policy {
        /// The policy domain.
        domain: Domain,
    },
    /// Fetch the policy body from one address of the policy host, whatever the others give. Senders connect to any of
    /// them.
    PolicyAddress {
        /// The policy domain.
        domain: Domain,
        /// The address to connect to.
        address: IpAddr,
    },
    /// Fetch the policy body once more, with what a browser says of itself (`BROWSER_AGENT`): asked for where the ordinary
    /// fetch is turned away, to tell whether that is for the name it gave itself.
    PolicyAsBrowser {
        /// The policy domain.
        domain: Domain,
    },
    /// Probe one address of a mail host: connect to port 25, STARTTLS, look at the certificate.
    Smtp {
        /// The policy domain, whose mail host it is.
        domain: Domain,
        /// The MX host, sent as SNI.
        host: Host,
        /// The address to connect to.
        address: IpAddr,
    },
    /// Connect once more to an address whose probe gave its result, with another ClientHello. What comes of it changes
    /// nothing of that result.
    Tls {
        /// The policy domain, whose mail host it is.
        domain: Domain,
        /// The MX host.
        host: Host,
        /// The address to connect to.
        address: IpAddr,
        /// What is sent.
        hello: Hello,
    },
}

impl Step {
    /// The address of a mail host that it dials; nothing where it dials none.
    #[must_use]
    pub const fn mail_address(&self) -> Option<IpAddr> {
        match self {
            Self::Smtp { address, .. } | Self::Tls { address, .. } => Some(*address),
            _ => None,
        }
    }
}

/// Who carried out a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Witness {
    /// The visitor's browser: its own trust store, its own network, and only what CORS lets it see.
    Browser,
    /// The companion server.
    Companion,
    /// This process, at a terminal.
    Terminal,
}

/// A step, who carried it out, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What was to be done.
    pub step: Step,
    /// Who did it.
    pub by: Witness,
    /// Through which resolver, where one was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A DNS message, as received.
    Message(Bytes),
    /// An HTTP response.
    Http(HttpAnswer),
    /// An SMTP session, as far as it went.
    Session(Session),
    /// What a server answers to a client of old versions.
    #[serde(rename = "old-tls")]
    OldTls(OldTls),
    /// None of these, and which way it failed.
    Failed(Failure),
}

impl Outcome {
    /// What `body` comes to as the answer to a query.
    #[must_use]
    pub fn of_answer(query: &Query, body: Vec<u8>) -> Self {
        let malformed = |detail: String| Self::Failed(Failure::Malformed { detail });
        match Message::parse(&body) {
            Ok(message) if query.is_answered_by(&message) => Self::Message(Bytes(body)),
            Ok(_) => malformed("the answer is to another question".into()),
            Err(error) => malformed(error.to_string()),
        }
    }
}

/// Octets; base64 in JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// The response to the policy fetch. Redirects are not followed (RFC 8461 §3.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// `Content-Type`, as received.
    pub content_type: Option<String>,
    /// `Content-Encoding`; none was accepted.
    pub content_encoding: Option<String>,
    /// `Location`, where a redirect points.
    pub location: Option<String>,
    /// The body.
    pub body: Bytes,
    /// The address that answered; unknown to a browser.
    pub address: Option<IpAddr>,
    /// The TLS connection; unknown to a browser.
    pub tls: Option<TlsSeen>,
    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`; unknown to a browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_version: Option<String>,
    /// The header fields in the order they came, at most [`MAX_FIELDS`] of them and [`MAX_FIELD_OCTETS`] octets; unknown to
    /// a browser.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Field>,
    /// How many header fields more there were.
    #[serde(skip_serializing_if = "is_zero")]
    pub headers_left_out: usize,
    /// How long each stage of the fetch took, in order; unknown to a browser.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<FetchTime>,
}

/// Most header fields kept of an answer.
pub const MAX_FIELDS: usize = 64;
/// Most octets kept of the names and values of an answer's header fields.
pub const MAX_FIELD_OCTETS: usize = 8 * 1024;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// A header field of an HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name, in small letters.
    pub name: String,
    /// Its value; octets that are no UTF-8 are replaced.
    pub value: String,
}

/// How long a stage of a policy fetch took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchTime {
    /// The stage.
    pub stage: FetchStage,
    /// How long, in milliseconds.
    pub took_ms: u32,
}

/// The stages of a policy fetch, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FetchStage {
    /// The lookup of the policy host's addresses; a fetch from one given address has none.
    Lookup,
    /// The TCP connection.
    Connect,
    /// The TLS handshake.
    Handshake,
    /// From the request to the head of the answer.
    Answer,
    /// The body. Where the status is not 200 it is not waited for, and there is no such stage.
    Body,
}

impl FetchStage {
    /// As it stands in a report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lookup => "lookup",
            Self::Connect => "connect",
            Self::Handshake => "handshake",
            Self::Answer => "answer",
            Self::Body => "body",
        }
    }

    /// As a reader sees it.
    #[must_use]
    pub fn in_words(self) -> String {
        match self {
            Self::Lookup => say!("lookup"),
            Self::Connect => say!("connect"),
            Self::Handshake => say!("handshake"),
            Self::Answer => say!("answer"),
            Self::Body => say!("body"),
        }
    }
}

impl HttpAnswer {
    /// The `charset` of the media type (RFC 9110 §8.3.2), where it names one.
    #[must_use]
    pub fn charset(&self) -> Option<&str> {
        let parameters = self.content_type.as_deref()?.split(';').skip(1);
        parameters.map(str::trim).find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.eq_ignore_ascii_case("charset").then(|| value.trim_matches('"'))
        })
    }
}

/// A TLS connection and what is wrong with its certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TlsSeen {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: String,
    /// The cipher suite, by its IANA name.
    pub cipher: String,
    /// The certificates as sent, the server's own first.
    pub chain: Vec<Certificate>,
    /// Every fault found, each looked for on its own.
    pub faults: Vec<CertificateFault>,
    /// The subject of the trust anchor that the chain leads to, where it leads to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
}

/// What a server answers to a ClientHello of TLS 1.0 to 1.2 with the cipher suites of old servers. No handshake was
/// completed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OldTls {
    /// The version it chose: `TLSv1.0`, `TLSv1.1`, `TLSv1.2` or `SSLv3`.
    pub version: String,
    /// The cipher suite it chose, by its IANA name.
    pub cipher: String,
    /// The certificates as sent, the server's own first; they are not judged.
    pub chain: Vec<Certificate>,
}

/// A certificate, as far as reports and rules look at it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Certificate {
    /// The subject's distinguished name.
    pub subject: String,
    /// The issuer's distinguished name.
    pub issuer: String,
    /// The DNS-IDs of the subject alternative name: the only names that count.
    pub dns_ids: Vec<String>,
    /// The addresses of the subject alternative name: no name of a mail host matches them (RFC 8461 §4.2).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
    /// The key: its algorithm and size, such as `RSA 2048` or `EC P-256`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// The algorithm it is signed with, such as `sha256WithRSAEncryption`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub signature: String,
    /// The SHA-256 of the certificate, in hexadecimal.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// Valid from, in seconds since 1970.
    pub not_before: i64,
    /// Valid until, in seconds since 1970.
    pub not_after: i64,
    /// Whether the server's own certificate can be verified with this one as the only trust anchor, as DANE-TA asks
    /// (RFC 7672 §3.1.2). Of the server's own nothing is said.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub anchors: bool,
    /// The certificate itself.
    pub der: Bytes,
}

/// What is wrong with a certificate chain (RFC 8461 §3.3, §4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateFault {
    /// No DNS-ID names the host.
    HostMismatch,
    /// Past its end, or that of a certificate it needs.
    Expired {
        /// In seconds since 1970.
        not_after: i64,
        /// The subject of the certificate it needs; nothing where it is the server's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
    },
    /// Before its begin, or that of a certificate it needs.
    NotYetValid {
        /// In seconds since 1970.
        not_before: i64,
        /// The subject of the certificate it needs; nothing where it is the server's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
    },
    /// Signed by its own key.
    SelfSigned,
    /// No chain to a trust anchor.
    UnknownIssuer,
    /// The server sends its own certificate alone. The authority that issued it is no trust anchor, and the certificate says
    /// where that one's certificate is to be had, so most probably the intermediate is all that is missing (RFC 5246
    /// §7.4.2: each certificate but the root is to be sent).
    MissingIntermediate {
        /// Who issued it.
        issuer: String,
        /// Where the certificate says that the issuer's is to be had (RFC 5280 §4.2.2.1). It is not fetched.
        url: String,
    },
    /// Another reason not to trust it, in the verifier's words.
    Untrusted {
        /// The reason.
        why: String,
    },
}

/// An SMTP session up to where it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The stage it ended at: the first one that was not completed.
    pub stage: SmtpStage,
    /// How it ended.
    pub end: SessionEnd,
    /// The connection behind STARTTLS, where the handshake was completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSeen>,
    /// Whether plaintext arrived between the `220` to STARTTLS and the handshake. It was thrown away.
    #[serde(default)]
    pub injected: bool,
    /// What was said, in order; bounded, and with control characters escaped.
    #[serde(default)]
    pub transcript: Vec<Said>,
    /// How long each stage took that was begun, in order; the one the session ended at is the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageTime>,
}

/// How long a stage of a probe took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageTime {
    /// The stage.
    pub stage: SmtpStage,
    /// How long, in milliseconds.
    pub took_ms: u32,
}

/// The stages of a probe, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SmtpStage {
    /// The TCP connection. A session has it behind it; where it fails there is none.
    Connect,
    /// The greeting.
    Banner,
    /// `EHLO`.
    Ehlo,
    /// `STARTTLS`, up to its reply.
    Starttls,
    /// The TLS handshake.
    Handshake,
    /// `EHLO` over TLS.
    EhloAfterTls,
    /// All of it.
    Done,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionEnd {
    /// Nothing was missing.
    Complete,
    /// A reply that refuses.
    Refused {
        /// The reply code (RFC 5321 §4.2).
        code: u16,
    },
    /// `EHLO` was refused and `HELO` accepted: without EHLO there is no STARTTLS.
    HeloOnly,
    /// The reply to `EHLO` does not list STARTTLS.
    NotOffered,
    /// The server closed the connection.
    Closed,
    /// No reply in time.
    Silent,
    /// A reply longer than any server needs.
    TooLong,
    /// Something that is no SMTP reply.
    NotSmtp,
    /// The TLS handshake failed.
    Tls {
        /// The alert or error, in the library's words.
        detail: String,
        /// Whether the server answered that it speaks none of the versions offered.
        old_version: bool,
    },
}

/// A line of the transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Whether we said it.
    pub us: bool,
    /// The line, without its end.
    pub text: String,
}

/// Which way a step failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The name does not exist.
    NxDomain,
    /// The name has no address.
    NoAddress,
    /// The resolver answered with an error while a host looked up addresses.
    Dns {
        /// The response code; none for a timeout.
        rcode: Option<u16>,
    },
    /// The guard does not let this address be dialled.
    Guarded {
        /// The address.
        address: IpAddr,
        /// What kind of address it is.
        class: String,
    },
    /// Whoever runs it asked the operator of this server not to dial it.
    OptedOut {
        /// What was not dialled: a domain, a host or an address.
        name: String,
    },
    /// No answer to the connection attempt.
    ConnectTimeout {
        /// Whether this process has reached that port over that address family before.
        proven: bool,
    },
    /// No answer to the connection attempt, which shows nothing: this process has found that its network lets no
    /// connection to port 25 out.
    PortBlocked {
        /// The host at which that was found: it takes mail, and was not reached either.
        tested: String,
    },
    /// This machine has no route to the address.
    NoRoute {
        /// Whether this process has reached that port over that address family before.
        proven: bool,
    },
    /// The connection was refused.
    Refused,
    /// The connection was closed before the answer was whole.
    Closed,
    /// Connected, and no whole answer in time.
    Timeout,
    /// The TLS handshake failed, though not by its certificate.
    Tls {
        /// The alert or error, in the library's words.
        detail: String,
    },
    /// The certificate is not valid for the host.
    Certificate {
        /// The connection, with the faults.
        tls: TlsSeen,
    },
    /// An answer that is none.
    Malformed {
        /// What is wrong with it.
        detail: String,
    },
    /// More than 64 KiB of body.
    TooLarge,
    /// A browser's fetch failed, and it does not say at what: DNS, TLS, the network or CORS.
    Opaque,
    /// A browser reached the site over HTTPS it accepts, and may not read the answer.
    OpaqueAnswer,
    /// A browser was redirected, and may not see where to.
    OpaqueRedirect,
    /// There is nobody to carry the step out.
    NoCompanion,
    /// The companion answered with a problem (RFC 9457).
    Companion {
        /// Its title and detail.
        detail: String,
    },
    /// The resolver or the companion could not be reached.
    Unreachable {
        /// What happened.
        detail: String,
    },
}

/// What is known of something: seen, failed, or not asked for (yet).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed<T> {
    /// It was seen.
    Seen(T),
    /// It was asked for and failed.
    Failed(Failure),
    /// Nobody has asked, or the answer is not there yet.
    Unasked,
}

/// All that was seen of one domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The policy domain.
    pub domain: Domain,
    /// When the check began, in seconds since 1970.
    pub now: i64,
    /// Every step carried out, in the order the outcomes arrived.
    pub entries: Vec<Entry>,
    /// What the host program knows of the names in the policy.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub names: Names,
    /// Whether one connection to each address of a mail host is all that is to be made, and one fetch of the policy.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quick: bool,
    /// The selectors of DKIM keys that the user names, beside the common ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub selectors: Vec<Selector>,
}

/// What DNS says of a name and a type, aliases followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// This step is needed first.
    Waiting(Step),
    /// There are records.
    Found {
        /// The records of the type.
        records: Vec<Record>,
        /// The aliases on the way to them.
        aliases: Vec<Name>,
        /// Whether the resolver says of every answer on the way that it validated it (AD, RFC 4035 §3.2.3).
        secure: bool,
    },
    /// The name exists, without such a record.
    NoData {
        /// The aliases on the way.
        aliases: Vec<Name>,
        /// Whether the resolver validated that.
        secure: bool,
    },
    /// The name does not exist.
    NxDomain {
        /// The aliases on the way.
        aliases: Vec<Name>,
    },
    /// The resolver could not tell.
    Error(DnsError),
    /// No resolver was reached.
    NotObserved(Failure),
}

/// Why a resolver could not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsError {
    /// What went wrong.
    pub kind: DnsErrorKind,
    /// Extended DNS errors (RFC 8914): code and text.
    pub extended: Vec<(u16, String)>,
}

/// The ways a resolver fails to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsErrorKind {
    /// A response code that is an error.
    Rcode(u16),
    /// SERVFAIL that turns into an answer with checking disabled: DNSSEC validation fails.
    Bogus,
    /// No answer to this query, though the resolver answers others.
    Unanswered,
    /// An answer that cannot be read.
    Unreadable,
    /// An answer that is cut off (TC), on a transport that could carry all of it.
    Truncated,
    /// Aliases that lead in a circle, or through more names than anybody follows.
    Aliases,
}

impl DnsError {
    /// The response code, where there was one.
    #[must_use]
    pub const fn rcode(&self) -> Option<u16> {
        match self.kind {
            DnsErrorKind::Rcode(rcode) => Some(rcode),
            DnsErrorKind::Bogus => Some(SERVFAIL),
            _ => None,
        }
    }
}

/// Most aliases followed; BIND 9.20 and unbound 1.22 give up before that.
const MAX_ALIASES: usize = 16;

impl Evidence {
    /// Nothing seen yet. `now` is in seconds since 1970.
    #[must_use]
    pub const fn new(domain: Domain, now: i64) -> Self {
        Self { domain, now, entries: Vec::new(), names: Names::EMPTY, quick: false, selectors: Vec::new() }
    }

    /// What `by` saw of a step; the last word where it was asked twice.
    #[must_use]
    pub fn outcome(&self, step: &Step, by: impl Fn(Witness) -> bool) -> Option<&Outcome> {
        self.entries
            .iter()
            .rev()
            .find(|entry| entry.step == *step && by(entry.by))
            .map(|entry| &entry.outcome)
    }

    /// The DNS message a resolver gave to one query.
    #[must_use]
    pub fn message(&self, step: &Step) -> Observed<Message> {
        match self.outcome(step, |_| true) {
            Some(Outcome::Message(Bytes(wire))) => match Message::parse(wire) {
                Ok(message) => Observed::Seen(message),
                Err(error) => Observed::Failed(Failure::Malformed { detail: error.to_string() }),
            },
            Some(Outcome::Failed(failure)) => Observed::Failed(failure.clone()),
            _ => Observed::Unasked,
        }
    }

    /// What DNS says of `name`, or the step that is needed to know.
    ///
    /// An alias whose target is not in the same message is asked for with a query of its own, so a
    /// resolver that does not chase aliases gives the same result as one that does.
    #[must_use]
    pub fn lookup(&self, name: &str, kind: Kind) -> Lookup {
        let error = |kind, extended| Lookup::Error(DnsError { kind, extended });
        let mut aliases = Vec::new();
        let mut secure = true;
        let mut at = name.to_owned();
        loop {
            // A name too long to be asked for does not exist (RFC 1035 §2.3.4).
            let Ok(asked) = Name::parse(&at) else { return Lookup::NxDomain { aliases } };
            let step = Step::Dns { name: at.clone(), rrtype: kind, cd: false };
            let message = match self.message(&step) {
                Observed::Unasked => return Lookup::Waiting(step),
                Observed::Failed(Failure::Malformed { .. }) if self.resolver_answers() => {
                    return error(DnsErrorKind::Unreadable, Vec::new());
                }
                Observed::Failed(Failure::Timeout) if self.resolver_answers() => {
                    return error(DnsErrorKind::Unanswered, Vec::new());
                }
                Observed::Failed(failure) => return Lookup::NotObserved(failure),
                Observed::Seen(message) => message,
            };
            // A host asks again over TCP where UDP cuts an answer off, so this one could be whole.
            if message.truncated {
                return error(DnsErrorKind::Truncated, message.extended_errors);
            }
            secure &= message.authenticated;
            let answer = message.answer(&asked, kind);
            aliases.extend(answer.aliases.iter().map(|alias| (*alias).clone()));
            match message.rcode {
                0 if !answer.records.is_empty() => {
                    let records = answer.records.into_iter().cloned().collect();
                    return Lookup::Found { records, aliases, secure };
                }
                0 if answer.endless || aliases.len() >= MAX_ALIASES => {
                    return error(DnsErrorKind::Aliases, message.extended_errors);
                }
                0 => match answer.aliases.last() {
                    Some(last) => at = last.to_string(),
                    None => return Lookup::NoData { aliases, secure },
                },
                3 => return Lookup::NxDomain { aliases },
                SERVFAIL => return self.after_servfail(at, kind, message.extended_errors),
                rcode => return error(DnsErrorKind::Rcode(rcode), message.extended_errors),
            }
        }
    }

    /// Whether looking `from` up leads to asking for `name`, by aliases that the resolver did not follow.
    pub(crate) fn leads_to(&self, from: &str, kind: Kind, name: &str) -> bool {
        let mut at = from.to_owned();
        for _ in 0..=MAX_ALIASES {
            if at == name {
                return true;
            }
            let Ok(asked) = Name::parse(&at) else { return false };
            let Observed::Seen(message) = self.message(&Step::Dns { name: at, rrtype: kind, cd: false })
            else {
                return false;
            };
            match message.answer(&asked, kind).aliases.last() {
                Some(last) => at = last.to_string(),
                None => return false,
            }
        }
        false
    }

    fn after_servfail(&self, name: String, kind: Kind, extended: Vec<(u16, String)>) -> Lookup {
        let unchecked = Step::Dns { name, rrtype: kind, cd: true };
        let bogus = match self.message(&unchecked) {
            Observed::Unasked => return Lookup::Waiting(unchecked),
            Observed::Seen(message) => matches!(message.rcode, 0 | 3),
            Observed::Failed(_) => false,
        };
        let kind = if bogus { DnsErrorKind::Bogus } else { DnsErrorKind::Rcode(SERVFAIL) };
        Lookup::Error(DnsError { kind, extended })
    }

    /// Whether the resolver answered anything at all: then a query it does not answer says something
    /// of the name, and not of the way to the resolver.
    fn resolver_answers(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.outcome, Outcome::Message(_)))
    }

    /// Whether anything was reached over that address family in this run, so that the way out of it is open.
    #[must_use]
    pub fn reached(&self, ipv6: bool) -> bool {
        let at_policy_host = |entry: &Entry| match (&entry.step, &entry.outcome) {
            (_, Outcome::Http(HttpAnswer { address: Some(address), .. })) => address.is_ipv6() == ipv6,
            (Step::PolicyAddress { address, .. }, Outcome::Failed(failure)) => {
                let connected = matches!(
                    failure,
                    Failure::Tls { .. }
                        | Failure::Certificate { .. }
                        | Failure::Timeout
                        | Failure::Malformed { .. }
                        | Failure::TooLarge
                );
                connected && address.is_ipv6() == ipv6
            }
            _ => false,
        };
        self.reached_port_25(ipv6) || self.entries.iter().any(at_policy_host)
    }

    /// Whether a TCP connection to port 25 over that address family was completed in this run.
    #[must_use]
    pub fn reached_port_25(&self, ipv6: bool) -> bool {
        self.entries.iter().any(|entry| match (&entry.step, &entry.outcome) {
            (Step::Smtp { address, .. }, Outcome::Session(_)) => {
                address.is_ipv6() == ipv6 && !is_of_lab(*address)
            }
            _ => false,
        })
    }
}

/// Whether an address is one inside a network (RFC 1918, RFC 4193), which may be reached where the internet is not.
const fn is_of_lab(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_loopback() || address.is_link_local(),
        IpAddr::V6(address) => {
            address.is_unique_local() || address.is_loopback() || address.is_unicast_link_local()
        }
    }
}

const SERVFAIL: u16 = 2;

/// What a probe of one address comes to: a result-type of RFC 8460 §4.3, or a word of ours where it
/// has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SmtpResult {
    /// A sender can deliver over verified TLS.
    Ok,
    /// STARTTLS is not offered, or refused.
    StarttlsNotSupported,
    /// The certificate does not name the host.
    CertificateHostMismatch,
    /// The certificate has expired.
    CertificateExpired,
    /// The certificate is not trusted, or not yet.
    CertificateNotTrusted,
    /// TLS fails for another reason.
    ValidationFailure,
    /// No usable SMTP session; RFC 8460 has no type for it.
    ConnectFailed,
    /// Nobody could look.
    NotObserved,
}

impl SmtpResult {
    /// As it stands in a report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::StarttlsNotSupported => "starttls-not-supported",
            Self::CertificateHostMismatch => "certificate-host-mismatch",
            Self::CertificateExpired => "certificate-expired",
            Self::CertificateNotTrusted => "certificate-not-trusted",
            Self::ValidationFailure => "validation-failure",
            Self::ConnectFailed => "connect-failed",
            Self::NotObserved => "not-observed",
        }
    }

    /// How far a probe with this result got; the address that got furthest speaks for its host.
    #[must_use]
    pub const fn progress(self) -> u8 {
        match self {
            Self::NotObserved => 0,
            Self::ConnectFailed => 1,
            Self::StarttlsNotSupported => 2,
            Self::ValidationFailure => 3,
            Self::CertificateHostMismatch | Self::CertificateExpired | Self::CertificateNotTrusted => 4,
            Self::Ok => 5,
        }
    }

    /// What `outcome` comes to. `reached` says whether port 25 was reached over the same address
    /// family in this run: without that, a connection attempt that only times out proves nothing,
    /// as most home networks and clouds block port 25.
    #[must_use]
    pub fn of(outcome: &Outcome, reached: bool) -> Self {
        match outcome {
            Outcome::Session(session) => Self::of_session(session),
            Outcome::Failed(Failure::Refused | Failure::Closed | Failure::Timeout) => Self::ConnectFailed,
            Outcome::Failed(Failure::ConnectTimeout { proven } | Failure::NoRoute { proven })
                if *proven || reached =>
            {
                Self::ConnectFailed
            }
            _ => Self::NotObserved,
        }
    }

    fn of_session(session: &Session) -> Self {
        let certificate = session.tls.as_ref().and_then(|tls| tls.result());
        match (session.stage, &session.end) {
            (SmtpStage::Done, _) => certificate.unwrap_or(Self::Ok),
            // A server may refuse the client behind a handshake that was complete for the client (RFC 8446
            // §4.4.2.4); any other reply says nothing of TLS.
            (SmtpStage::Handshake, _)
            | (SmtpStage::EhloAfterTls, SessionEnd::Closed | SessionEnd::Tls { .. }) => {
                certificate.unwrap_or(Self::ValidationFailure)
            }
            (SmtpStage::EhloAfterTls, _) => certificate.unwrap_or(Self::ConnectFailed),
            (SmtpStage::Ehlo, SessionEnd::HeloOnly)
            | (SmtpStage::Starttls, SessionEnd::NotOffered | SessionEnd::Refused { .. }) => {
                Self::StarttlsNotSupported
            }
            (SmtpStage::Connect | SmtpStage::Banner | SmtpStage::Ehlo | SmtpStage::Starttls, _) => {
                Self::ConnectFailed
            }
        }
    }
}

impl TlsSeen {
    /// The result-type of the certificate's faults: the first of host mismatch, expired, not trusted.
    #[must_use]
    pub fn result(&self) -> Option<SmtpResult> {
        use CertificateFault as Fault;
        let any = |wanted: fn(&Fault) -> bool| self.faults.iter().any(wanted);
        if any(|fault| matches!(fault, Fault::HostMismatch)) {
            Some(SmtpResult::CertificateHostMismatch)
        } else if any(|fault| matches!(fault, Fault::Expired { .. })) {
            Some(SmtpResult::CertificateExpired)
        } else if self.faults.is_empty() {
            None
        } else {
            Some(SmtpResult::CertificateNotTrusted)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(stage: SmtpStage, end: SessionEnd, faults: &[CertificateFault]) -> Outcome {
        let tls =
            (stage > SmtpStage::Handshake).then(|| TlsSeen { faults: faults.to_vec(), ..TlsSeen::default() });
        Outcome::Session(Session {
            stage,
            end,
            tls,
            injected: false,
            transcript: Vec::new(),
            stages: Vec::new(),
        })
    }

    /// The contract's table of results.
    #[test]
    fn results_are_those_of_the_contract() {
        use CertificateFault as Fault;
        use SessionEnd as End;
        use SmtpResult as Is;
        use SmtpStage as At;
        let tls = || End::Tls { detail: "alert".into(), old_version: false };
        for (outcome, result) in [
            (session(At::Done, End::Complete, &[]), Is::Ok),
            (session(At::Banner, End::Refused { code: 554 }, &[]), Is::ConnectFailed),
            (session(At::Banner, End::Silent, &[]), Is::ConnectFailed),
            (session(At::Ehlo, End::Refused { code: 421 }, &[]), Is::ConnectFailed),
            (session(At::Ehlo, End::Closed, &[]), Is::ConnectFailed),
            (session(At::Ehlo, End::HeloOnly, &[]), Is::StarttlsNotSupported),
            (session(At::Starttls, End::NotOffered, &[]), Is::StarttlsNotSupported),
            (session(At::Starttls, End::Refused { code: 454 }, &[]), Is::StarttlsNotSupported),
            (session(At::Starttls, End::Closed, &[]), Is::ConnectFailed),
            (session(At::Starttls, End::Silent, &[]), Is::ConnectFailed),
            (session(At::Handshake, tls(), &[]), Is::ValidationFailure),
            (session(At::Handshake, End::Silent, &[]), Is::ValidationFailure),
            (session(At::EhloAfterTls, End::Closed, &[]), Is::ValidationFailure),
            (session(At::EhloAfterTls, tls(), &[]), Is::ValidationFailure),
            (session(At::EhloAfterTls, End::Refused { code: 421 }, &[]), Is::ConnectFailed),
            (session(At::EhloAfterTls, End::Silent, &[]), Is::ConnectFailed),
            (session(At::EhloAfterTls, End::TooLong, &[]), Is::ConnectFailed),
            (
                session(At::EhloAfterTls, End::Refused { code: 421 }, &[Fault::SelfSigned]),
                Is::CertificateNotTrusted,
            ),
            (session(At::EhloAfterTls, End::Closed, &[Fault::HostMismatch]), Is::CertificateHostMismatch),
            (
                session(
                    At::Done,
                    End::Complete,
                    &[Fault::SelfSigned, Fault::Expired { not_after: 0, subject: None }, Fault::HostMismatch],
                ),
                Is::CertificateHostMismatch,
            ),
            (
                session(
                    At::Done,
                    End::Complete,
                    &[Fault::UnknownIssuer, Fault::Expired { not_after: 0, subject: None }],
                ),
                Is::CertificateExpired,
            ),
            (
                session(At::Done, End::Complete, &[Fault::NotYetValid { not_before: 0, subject: None }]),
                Is::CertificateNotTrusted,
            ),
            (Outcome::Failed(Failure::Refused), Is::ConnectFailed),
            (Outcome::Failed(Failure::ConnectTimeout { proven: true }), Is::ConnectFailed),
            (Outcome::Failed(Failure::ConnectTimeout { proven: false }), Is::NotObserved),
            (Outcome::Failed(Failure::NoRoute { proven: false }), Is::NotObserved),
            (Outcome::Failed(Failure::PortBlocked { tested: "mx.example".into() }), Is::NotObserved),
            (Outcome::Failed(Failure::OptedOut { name: "mx.example".into() }), Is::NotObserved),
            (Outcome::Failed(Failure::NoCompanion), Is::NotObserved),
        ] {
            assert_eq!(SmtpResult::of(&outcome, false), result, "{outcome:?}");
        }
        let timeout = Outcome::Failed(Failure::ConnectTimeout { proven: false });
        assert_eq!(SmtpResult::of(&timeout, true), Is::ConnectFailed);
        // What a blocked network swallows says nothing, whatever else was reached.
        let blocked = Outcome::Failed(Failure::PortBlocked { tested: "mx.example".into() });
        assert_eq!(SmtpResult::of(&blocked, true), Is::NotObserved);
    }

    #[test]
    fn a_media_type_names_its_charset() {
        for (content_type, charset) in [
            ("text/plain", None),
            ("text/plain; charset=utf-8", Some("utf-8")),
            ("text/plain;format=flowed ; Charset=\"US-ASCII\"", Some("US-ASCII")),
            ("charset=utf-8", None),
            ("text/plain; charset", None),
        ] {
            let answer = HttpAnswer { content_type: Some(content_type.into()), ..HttpAnswer::default() };
            assert_eq!(answer.charset(), charset, "{content_type}");
        }
    }

    #[cfg(not(target_arch = "wasm32"))] // serde_json is no part of the wasm build
    #[test]
    fn outcomes_are_json_and_come_back_whole() {
        let outcome = Outcome::Http(HttpAnswer {
            status: 200,
            content_type: Some("text/plain".into()),
            body: Bytes(b"version: STSv1\n\xFF\0".to_vec()),
            ..HttpAnswer::default()
        });
        let json = serde_json::to_value(&outcome).expect("serialises");
        assert_eq!(json["http"]["body"], "dmVyc2lvbjogU1RTdjEK/wA=");
        assert_eq!(serde_json::from_value::<Outcome>(json).expect("reads"), outcome);
        let failed =
            Outcome::Failed(Failure::Guarded { address: [10, 0, 0, 1].into(), class: "private".into() });
        let json = serde_json::to_value(&failed).expect("serialises");
        assert_eq!(json["failed"]["guarded"]["class"], "private");
        assert_eq!(serde_json::from_value::<Outcome>(json).expect("reads"), failed);
    }
}
