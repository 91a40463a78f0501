//! A closer look at the TLS of one address of a mail host: what the connections beyond the first are for. They are made one
//! after another, only when the first gave its result, and change nothing of it.

use mta_sts::evidence::{OldTls, Session, SessionEnd, SmtpStage, TlsSeen};
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::guard::Target;
use crate::old_tls;
use crate::smtp::Probe;
use crate::tls::Purpose;

/// What a closer look shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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

impl Probe<'_> {
    /// Looks closer at a server that `first` came of: at most three more connections to `target`.
    pub(crate) async fn look_closer(&self, target: Target, first: &Session) -> Option<Closer> {
        let mut closer = Closer { without_sni: None, tls12: None, tls13: None, old: None };
        if first.stage == SmtpStage::Handshake {
            if matches!(first.end, SessionEnd::Tls { .. } | SessionEnd::Closed) {
                closer.old = self.old_tls(target).await;
            }
            return Some(closer);
        }
        let seen = first.tls.as_ref()?;
        closer.without_sni = match self.handshake(target, Purpose::Nameless).await? {
            Ok(tls) if tls.chain.first() == seen.chain.first() => Some(Nameless::Same),
            Ok(tls) => Some(Nameless::Other { tls: Box::new(tls) }),
            Err(detail) => Some(Nameless::Fails { detail }),
        };
        // Both were offered: whoever chose 1.2 does not take 1.3 (RFC 8446 §4.1.3).
        let newer = seen.version == "TLSv1.3";
        closer.tls13 = Some(newer);
        closer.tls12 = match newer {
            true => self.handshake(target, Purpose::Tls12).await.map(|tried| tried.is_ok()),
            false => Some(true),
        };
        Some(closer)
    }

    /// The handshake for `purpose`, on a connection of its own: what was seen of it, or why it fails; nothing where it is not
    /// reached in time.
    async fn handshake(&self, target: Target, purpose: Purpose) -> Option<Result<TlsSeen, String>> {
        let stream = self.behind_go_ahead(target).await?;
        let connecting = self.tls.connect(purpose, self.host, self.address, stream);
        match timeout_at(self.deadline, connecting).await.ok()? {
            Ok((_, seen)) => Some(Ok(seen)),
            Err(error) => Some(Err(error.detail)),
        }
    }

    async fn old_tls(&self, target: Target) -> Option<OldTls> {
        let mut stream = self.behind_go_ahead(target).await?;
        timeout_at(self.deadline, old_tls::ask(&mut stream, self.host)).await.ok()?
    }

    async fn behind_go_ahead(&self, target: Target) -> Option<TcpStream> {
        if Instant::now() >= self.deadline {
            return None;
        }
        let stream = timeout_at(self.deadline, TcpStream::connect(target.at)).await.ok()?.ok()?;
        self.to_go_ahead(stream).await
    }
}
