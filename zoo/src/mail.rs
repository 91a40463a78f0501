//! SMTP servers, good and broken.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::DEFAULT_VERSIONS;
use tokio_rustls::rustls::version::TLS13;

use crate::net::each_connection;
use crate::pki::{Cert, Identity};
use crate::tls10;

/// What an address of a mail host does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mail {
    /// Speaks SMTP with STARTTLS and that certificate.
    Serves(Cert),
    /// The same over IPv6.
    ServesOverIpv6,
    /// The same, with that greeting behind the code.
    Greets(&'static str),
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
    /// Accepts and says nothing.
    Silent,
    /// Accepts and closes.
    Closes,
    /// Greets with that line, and closes.
    Banner(&'static str),
    /// Greets without end.
    EndlessBanner,
    /// Sends every byte by itself.
    ByteWise,
    /// Refuses EHLO and takes HELO.
    HeloOnly,
    /// Does not offer STARTTLS.
    NoStarttls,
    /// Offers STARTTLS and refuses it.
    StarttlsRefused,
    /// Closes instead of replying to STARTTLS.
    ClosesAtStarttls,
    /// Closes behind the go-ahead.
    ClosesInHandshake,
    /// Sends plaintext behind the go-ahead, before the handshake.
    Injects,
    /// Closes after the handshake.
    ClosesAfterTls,
    /// Speaks TLS 1.0 only.
    Tls10,
    /// Speaks TLS 1.3 only.
    Tls13,
    /// Has a certificate for another name where no server name is sent.
    OtherWithoutSni,
}

impl Mail {
    pub(crate) const fn cert(self) -> Cert {
        match self {
            Self::Serves(cert) => cert,
            _ => Cert::Good,
        }
    }

    pub(crate) const fn shares_wildcard(self) -> bool {
        matches!(self, Self::Serves(Cert::Wildcard))
    }

    pub(crate) const fn over_ipv6(self) -> bool {
        matches!(self, Self::ServesOverIpv6 | Self::RefusesOverIpv6)
    }
}

struct Server {
    mail: Mail,
    host: String,
    acceptor: TlsAcceptor,
    identity: Identity,
}

pub(crate) async fn serve(
    listener: TcpListener,
    identity: Identity,
    other: Identity,
    mail: Mail,
    host: String,
) {
    let acceptor = match mail {
        Mail::Tls13 => identity.acceptor_of(&[&TLS13], None),
        Mail::OtherWithoutSni => identity.acceptor_of(DEFAULT_VERSIONS, Some(&other)),
        _ => identity.acceptor(&[]),
    };
    let server = Arc::new(Server { mail, host, acceptor, identity });
    each_connection(listener, |stream| {
        let server = Arc::clone(&server);
        async move { server.talk(stream).await }
    })
    .await;
}

impl Server {
    async fn talk(&self, mut stream: TcpStream) -> io::Result<()> {
        match self.mail {
            Mail::Silent => {
                let mut byte = [0];
                while stream.read(&mut byte).await? > 0 {}
                return Ok(());
            }
            Mail::Closes => return Ok(()),
            Mail::Banner(line) => {
                stream.write_all(format!("{line}\r\n").as_bytes()).await?;
                return stream.shutdown().await;
            }
            Mail::EndlessBanner => loop {
                stream.write_all(b"220-still greeting you\r\n").await?;
            },
            Mail::Greets(words) => self.say(&mut stream, &format!("220 {words}\r\n")).await?,
            _ => self.say(&mut stream, &format!("220 {} ESMTP zoo\r\n", self.host)).await?,
        }
        let mut stream = BufReader::new(stream);
        if !self.before_tls(&mut stream).await? {
            return Ok(());
        }
        let stream = stream.into_inner();
        match self.mail {
            Mail::ClosesInHandshake => Ok(()),
            Mail::Tls10 => tls10::serve(stream, &self.identity.chain).await,
            Mail::ClosesAfterTls => {
                let mut stream = self.acceptor.accept(stream).await?;
                stream.shutdown().await
            }
            _ => {
                let mut stream = BufReader::new(self.acceptor.accept(stream).await?);
                self.after_tls(&mut stream).await
            }
        }
    }

    /// Up to the go-ahead; says whether a handshake follows.
    async fn before_tls(&self, stream: &mut BufReader<TcpStream>) -> io::Result<bool> {
        let offers = !matches!(self.mail, Mail::NoStarttls);
        while let Some(verb) = verb(stream).await? {
            let reply = match verb.as_str() {
                "EHLO" if self.mail == Mail::HeloOnly => "502 5.5.1 EHLO is not for us\r\n".to_owned(),
                "EHLO" => self.features(offers),
                "HELO" => format!("250 {}\r\n", self.host),
                "STARTTLS" if self.mail == Mail::StarttlsRefused => {
                    "454 4.7.0 TLS is not available\r\n".to_owned()
                }
                "STARTTLS" if self.mail == Mail::ClosesAtStarttls => return Ok(false),
                "STARTTLS" if self.mail == Mail::Injects => {
                    self.say(stream.get_mut(), "220 2.0.0 go ahead\r\n250 2.0.0 injected\r\n").await?;
                    return Ok(true);
                }
                "STARTTLS" if offers => {
                    self.say(stream.get_mut(), "220 2.0.0 go ahead\r\n").await?;
                    return Ok(true);
                }
                "QUIT" => {
                    self.say(stream.get_mut(), "221 2.0.0 bye\r\n").await?;
                    return Ok(false);
                }
                _ => "502 5.5.1 not implemented\r\n".to_owned(),
            };
            self.say(stream.get_mut(), &reply).await?;
        }
        Ok(false)
    }

    async fn after_tls(&self, stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>) -> io::Result<()> {
        while let Some(verb) = verb(stream).await? {
            let reply = match verb.as_str() {
                "EHLO" => self.features(false),
                "QUIT" => "221 2.0.0 bye\r\n".to_owned(),
                _ => "502 5.5.1 not implemented\r\n".to_owned(),
            };
            self.say(stream.get_mut(), &reply).await?;
            if verb == "QUIT" {
                return stream.get_mut().shutdown().await;
            }
        }
        Ok(())
    }

    fn features(&self, starttls: bool) -> String {
        let offer = if starttls { "250-STARTTLS\r\n" } else { "" };
        format!("250-{} greets you\r\n250-SIZE 10240000\r\n{offer}250 8BITMIME\r\n", self.host)
    }

    async fn say(&self, stream: &mut (impl AsyncWrite + Unpin), text: &str) -> io::Result<()> {
        if self.mail != Mail::ByteWise {
            stream.write_all(text.as_bytes()).await?;
            return stream.flush().await;
        }
        for byte in text.as_bytes() {
            stream.write_all(&[*byte]).await?;
            stream.flush().await?;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }
}

/// The verb of the next command, in capitals; nothing where the client has gone.
async fn verb(stream: &mut BufReader<impl AsyncRead + Unpin>) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    if stream.take(4096).read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    let line = String::from_utf8_lossy(&line).to_ascii_uppercase();
    Ok(Some(line.split_whitespace().next().unwrap_or_default().to_owned()))
}
