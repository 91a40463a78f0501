//! SMTP servers, good and broken.

mod handshake;
mod script;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::net::each_connection;
use crate::pki::{Cert, Identity};

pub(crate) use handshake::Handshake;
use handshake::Handshaker;
use script::Done;
pub(crate) use script::{Does, Step};

/// What an address of a mail host does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mail {
    /// Speaks SMTP with STARTTLS and that certificate.
    Serves(Cert),
    /// The same over IPv6.
    ServesOverIpv6,
    /// The same, and sends every byte by itself.
    ByteWise,
    /// The same, but for what it does at one step.
    At(Step, Does),
    /// The same, but for the handshake.
    Tls(Handshake),
    /// Refuses the connection.
    Refuses,
    /// The same over IPv6.
    RefusesOverIpv6,
    /// Never answers the connection attempt.
    NeverConnects,
    /// Has an address that is none of the zoo.
    Elsewhere(IpAddr),
    /// Has an address, if only the resolver could find it out.
    LookupFails,
}

impl Mail {
    pub(crate) const fn cert(self) -> Cert {
        match self {
            Self::Serves(cert) => cert,
            _ => Cert::Good,
        }
    }

    pub(crate) const fn over_ipv6(self) -> bool {
        matches!(self, Self::ServesOverIpv6 | Self::RefusesOverIpv6)
    }

    /// The certificate that is shown to a client that names no host, where it is another one.
    pub(crate) const fn nameless_cert(self) -> Option<Cert> {
        match self {
            Self::Tls(Handshake::OtherWithoutName) => Some(Cert::OtherName),
            _ => None,
        }
    }
}

struct Server {
    mail: Mail,
    host: String,
    handshaker: Handshaker,
}

/// Serves `mail` as `host`; `nameless` is shown to clients that name no host.
pub(crate) async fn serve(
    listener: TcpListener,
    identity: Identity,
    nameless: Option<Identity>,
    ca: crate::pki::Roots,
    mail: Mail,
    host: String,
) {
    let handshake = match mail {
        Mail::Tls(handshake) => handshake,
        _ => Handshake::Works,
    };
    let handshaker = Handshaker::new(handshake, identity, nameless, ca);
    let server = Arc::new(Server { mail, host, handshaker });
    each_connection(listener, |stream| {
        let server = Arc::clone(&server);
        async move { server.talk(stream).await }
    })
    .await;
}

impl Server {
    async fn talk(&self, mut stream: TcpStream) -> io::Result<()> {
        if self.say(&mut stream, Step::Greeting, "220 {h} ESMTP zoo\r\n").await? == Done::Over {
            return stream.shutdown().await;
        }
        let mut stream = BufReader::new(stream);
        if !self.before_tls(&mut stream).await? {
            return stream.get_mut().shutdown().await;
        }
        let Some(stream) = self.handshaker.accept(stream.into_inner()).await? else { return Ok(()) };
        self.after_tls(&mut BufReader::new(stream)).await
    }

    /// Up to the go-ahead; says whether a handshake follows.
    async fn before_tls(&self, stream: &mut BufReader<TcpStream>) -> io::Result<bool> {
        while let Some(verb) = verb(stream).await? {
            let (step, reply) = match verb.as_str() {
                "EHLO" => (Step::Ehlo, FEATURES),
                "HELO" => (Step::Helo, "250 {h}\r\n"),
                "STARTTLS" => (Step::Starttls, "220 2.0.0 go ahead\r\n"),
                "QUIT" => (Step::Quit, "221 2.0.0 bye\r\n"),
                _ => (Step::Other, "502 5.5.1 not implemented\r\n"),
            };
            match self.say(stream.get_mut(), step, reply).await? {
                Done::Over => return Ok(false),
                Done::Said(220) if step == Step::Starttls => return Ok(true),
                Done::Said(_) if step == Step::Quit => return Ok(false),
                Done::Said(_) => {}
            }
        }
        Ok(false)
    }

    async fn after_tls(&self, stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>) -> io::Result<()> {
        while let Some(verb) = verb(stream).await? {
            let (step, reply) = match verb.as_str() {
                "EHLO" => (Step::EhloOverTls, FEATURES_OVER_TLS),
                "QUIT" => (Step::Quit, "221 2.0.0 bye\r\n"),
                _ => (Step::Other, "502 5.5.1 not implemented\r\n"),
            };
            if self.say(stream.get_mut(), step, reply).await? == Done::Over || step == Step::Quit {
                break;
            }
        }
        stream.get_mut().shutdown().await
    }

    /// Does what stands in for `reply` at that step, or says that.
    async fn say(
        &self,
        stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
        step: Step,
        reply: &'static str,
    ) -> io::Result<Done> {
        let does = match self.mail {
            Mail::At(at, does) if at.is(step) => does,
            Mail::ByteWise => Does::Drips(Duration::from_millis(1), reply),
            _ => Does::Says(reply.as_bytes()),
        };
        does.carry_out(stream, &self.host).await
    }
}

const FEATURES: &str = "250-{h} greets you\r\n250-SIZE 10240000\r\n250-STARTTLS\r\n250 8BITMIME\r\n";
const FEATURES_OVER_TLS: &str = "250-{h} greets you\r\n250-SIZE 10240000\r\n250 8BITMIME\r\n";

/// The verb of the next command, in capitals; nothing where the client has gone.
async fn verb(stream: &mut BufReader<impl AsyncRead + Unpin>) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    if stream.take(4096).read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    let line = String::from_utf8_lossy(&line).to_ascii_uppercase();
    Ok(Some(line.split_whitespace().next().unwrap_or_default().to_owned()))
}
