//! A closer look at the TLS of an address: what the connections beyond the first are for, and what they come to.

use serde::{Deserialize, Serialize};

use super::{OldTls, Outcome, Session, SessionEnd, SmtpStage, TlsSeen};

/// Which ClientHello a connection beyond the first sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hello {
    /// One without a server name (RFC 6066 §3), as senders connect that do not honour MTA-STS.
    Nameless,
    /// One that offers TLS 1.2 alone.
    Tls12,
    /// One that offers TLS 1.0 to 1.2 with the cipher suites of old servers. No handshake is completed.
    Old,
}

impl Hello {
    /// As it stands in a query to the companion.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nameless => "nameless",
            Self::Tls12 => "tls12",
            Self::Old => "old",
        }
    }

    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Nameless, Self::Tls12, Self::Old];
}

/// What a closer look shows. It changes nothing of the result of the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Closer {
    /// What a client that sends no server name is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_sni: Option<Nameless>,
    /// Whether TLS 1.2 is taken, where that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls12: Option<bool>,
    /// Whether TLS 1.3 is taken, where that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls13: Option<bool>,
    /// What is answered to a client of old versions, where the handshake failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<OldTls>,
}

/// What a client that sends no server name is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nameless {
    /// The same certificate.
    Same,
    /// Another certificate.
    Other {
        /// The connection, judged for the same host.
        tls: Box<TlsSeen>,
    },
    /// A handshake that fails.
    Fails {
        /// Why.
        detail: String,
    },
}

impl Closer {
    /// The connection to make next, where `first` is what the first one saw and `seen` what the others did: one after
    /// another, and nothing where there is nothing more to see. A host that does not let a further one come to its handshake,
    /// or takes too long over it, is left alone.
    pub fn next<'e>(first: &Session, seen: impl Fn(Hello) -> Option<&'e Outcome>) -> Option<Hello> {
        let hellos: &[Hello] = match (&first.tls, first.stage, &first.end) {
            (Some(tls), ..) if tls.version == "TLSv1.3" => &[Hello::Nameless, Hello::Tls12],
            (Some(_), ..) => &[Hello::Nameless],
            (None, SmtpStage::Handshake, SessionEnd::Tls { .. } | SessionEnd::Closed) => &[Hello::Old],
            _ => &[],
        };
        let came_to_it = |hello: &Hello| seen(*hello).is_none_or(|outcome| handshake(outcome).is_some());
        let until = hellos.iter().position(|hello| !came_to_it(hello)).unwrap_or(hellos.len());
        hellos.iter().copied().take(until).find(|hello| seen(*hello).is_none())
    }

    /// What the connections come to that `first` was followed by.
    #[must_use]
    pub fn of<'e>(first: &Session, seen: impl Fn(Hello) -> Option<&'e Outcome>) -> Self {
        let mut closer = Self {
            old: match seen(Hello::Old) {
                Some(Outcome::OldTls(old)) => Some(old.clone()),
                _ => None,
            },
            ..Self::default()
        };
        let Some(tls) = &first.tls else { return closer };
        closer.without_sni = match seen(Hello::Nameless).and_then(handshake) {
            Some(Ok(nameless)) if nameless.chain.first() == tls.chain.first() => Some(Nameless::Same),
            Some(Ok(nameless)) => Some(Nameless::Other { tls: Box::new(nameless.clone()) }),
            Some(Err(detail)) => Some(Nameless::Fails { detail: detail.to_owned() }),
            None => None,
        };
        // Both were offered first: whoever chose 1.2 does not take 1.3 (RFC 8446 §4.1.3).
        let newer = tls.version == "TLSv1.3";
        closer.tls13 = Some(newer);
        closer.tls12 = match newer {
            // A handshake may fail for other reasons than its version, so only one that names it shows that.
            true => match seen(Hello::Tls12) {
                Some(Outcome::Session(Session { tls: Some(_), .. })) => Some(true),
                Some(Outcome::Session(Session {
                    end: SessionEnd::Tls { old_version: true, .. }, ..
                })) => Some(false),
                _ => None,
            },
            false => Some(true),
        };
        closer
    }
}

/// The handshake of a further connection: what was seen of it, or why it failed; nothing where it was not come to.
fn handshake(outcome: &Outcome) -> Option<Result<&TlsSeen, &str>> {
    let Outcome::Session(session) = outcome else { return None };
    match (&session.tls, &session.end) {
        (Some(tls), _) => Some(Ok(tls)),
        (None, SessionEnd::Tls { detail, .. }) => Some(Err(detail)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(version: Option<&str>, subject: &str, end: SessionEnd) -> Session {
        let certificate = super::super::Certificate { subject: subject.into(), ..Default::default() };
        let tls = version.map(|version| TlsSeen {
            version: version.into(),
            chain: vec![certificate],
            ..TlsSeen::default()
        });
        let stage = if tls.is_some() { SmtpStage::Done } else { SmtpStage::Handshake };
        Session { stage, end, tls, injected: false, transcript: Vec::new(), stages: Vec::new() }
    }

    fn failed() -> SessionEnd {
        SessionEnd::Tls { detail: "alert".into(), old_version: true }
    }

    #[test]
    fn connections_follow_one_after_another() {
        let outcome = Outcome::Session(session(Some("TLSv1.2"), "a", SessionEnd::Complete));
        let after = |first: &Session, seen: &[Hello]| {
            Closer::next(first, |hello| seen.contains(&hello).then_some(&outcome))
        };
        let newer = session(Some("TLSv1.3"), "a", SessionEnd::Complete);
        assert_eq!(after(&newer, &[]), Some(Hello::Nameless));
        assert_eq!(after(&newer, &[Hello::Nameless]), Some(Hello::Tls12));
        assert_eq!(after(&newer, &[Hello::Nameless, Hello::Tls12]), None);
        let older = session(Some("TLSv1.2"), "a", SessionEnd::Complete);
        assert_eq!(after(&older, &[Hello::Nameless]), None);
        assert_eq!(after(&session(None, "", failed()), &[]), Some(Hello::Old));
        assert_eq!(after(&session(None, "", SessionEnd::Silent), &[]), None, "it would be silent again");
    }

    #[test]
    fn what_was_not_come_to_is_not_said() {
        let first = session(Some("TLSv1.3"), "a", SessionEnd::Complete);
        let refused = Outcome::Failed(crate::evidence::Failure::Refused);
        let closer = Closer::of(&first, |_| Some(&refused));
        assert_eq!(closer, Closer { tls13: Some(true), ..Closer::default() });
        let other = Outcome::Session(session(Some("TLSv1.2"), "b", SessionEnd::Complete));
        let closer = Closer::of(&first, |_| Some(&other));
        assert_eq!((closer.tls12, closer.tls13), (Some(true), Some(true)));
        assert!(matches!(closer.without_sni, Some(Nameless::Other { .. })));
        let fails = Outcome::Session(session(None, "", failed()));
        let closer = Closer::of(&first, |_| Some(&fails));
        assert_eq!(closer.tls12, Some(false));
        assert_eq!(closer.without_sni, Some(Nameless::Fails { detail: "alert".into() }));
        let reset = SessionEnd::Tls { detail: "reset".into(), old_version: false };
        let fails = Outcome::Session(session(None, "", reset));
        assert_eq!(Closer::of(&first, |_| Some(&fails)).tls12, None, "it may be anything");
    }
}
