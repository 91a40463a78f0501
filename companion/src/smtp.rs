//! The SMTP probe: connect to port 25, say EHLO, ask for STARTTLS, look at the certificate, say EHLO
//! again and QUIT. It never says MAIL.
//!
//! What the server sends is bounded in time and size, and thrown away as soon as it has been read.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use futures_util::FutureExt;
use mta_sts::evidence::{Said, Session, SessionEnd, SmtpStage, StageTime, TlsSeen};
use mta_sts::{Failure, Outcome};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::rustls;

use crate::old_tls;
use crate::tls::{Purpose, Tls};

/// Most octets of one reply, all lines together. RFC 5321 §4.5.3.1.5 has 512 for a line.
const MAX_REPLY: usize = 64 * 1024;
/// Room for what comes next, in octets. Little, as it is there while a silent server is waited for.
const READ: usize = 512;
/// How long a server may take over its last reply.
const LEAVING: Duration = Duration::from_secs(2);
/// Most lines of the transcript, and most octets of one of them.
const MAX_TRANSCRIPT: usize = 60;
const MAX_SAID: usize = 200;

/// A probe of one address that has been connected to.
pub struct Probe<'p> {
    /// When the connection was begun.
    pub begun: Instant,
    /// The MX host, sent as SNI and looked for in the certificate.
    pub host: &'p str,
    /// The address connected to.
    pub address: IpAddr,
    /// The name we say EHLO with; the local address as a literal where there is none.
    pub ehlo_name: Option<&'p str>,
    /// Makes the TLS connection.
    pub tls: &'p Tls,
    /// When the whole probe has to be over.
    pub deadline: Instant,
}

impl Probe<'_> {
    /// Holds the session, with the handshake for `purpose`.
    pub async fn run(&self, purpose: Purpose, stream: TcpStream) -> Session {
        let ehlo = self.ehlo(&stream);
        let mut watch = Watch { begun: self.begun, stages: Vec::new() };
        watch.over(SmtpStage::Connect);
        let mut talk =
            Talk { stream, received: Vec::new(), transcript: Vec::new(), deadline: self.deadline, watch };
        let before = talk.until_go_ahead(&ehlo).await;
        let session = |stage, end, tls, injected, transcript, watch: Watch| Session {
            stage,
            end,
            tls,
            injected,
            transcript,
            stages: watch.ended_at(stage),
        };
        if let Err((stage, end)) = before {
            let (transcript, watch) = talk.leave(&end).await;
            return session(stage, end, None, false, transcript, watch);
        }
        let Talk { mut stream, received, mut transcript, mut watch, .. } = talk;

        // Whatever arrived behind the go-ahead came in the clear: it is dropped here and never looked
        // at again (RFC 3207 §4.2).
        let injected = !received.is_empty() | drain(&mut stream);
        drop(received);

        let handshake = self.tls.connect(purpose, self.host, self.address, stream);
        let (stream, seen) = match timeout_at(self.deadline, handshake).await {
            Ok(Ok(connected)) => connected,
            Ok(Err(error)) => {
                let end = SessionEnd::Tls { detail: error.detail, old_version: error.old_version };
                return session(SmtpStage::Handshake, end, None, injected, transcript, watch);
            }
            Err(_) => {
                let end = SessionEnd::Silent;
                return session(SmtpStage::Handshake, end, None, injected, transcript, watch);
            }
        };
        watch.over(SmtpStage::Handshake);
        note(&mut transcript, false, &format!("({} with {})", seen.version, seen.cipher));
        let mut talk = Talk { stream, received: Vec::new(), transcript, deadline: self.deadline, watch };
        let after = talk.over_tls(&ehlo).await;
        let (stage, end) = match after {
            Ok(()) => (SmtpStage::Done, SessionEnd::Complete),
            Err(end) => (SmtpStage::EhloAfterTls, end),
        };
        let tls: TlsSeen = seen;
        let (transcript, watch) = talk.leave(&end).await;
        session(stage, end, Some(tls), injected, transcript, watch)
    }

    /// Sends a ClientHello of old versions behind the go-ahead to STARTTLS. What arrives before is thrown away.
    pub(crate) async fn ask_old_tls(&self, stream: TcpStream) -> Outcome {
        let ehlo = self.ehlo(&stream);
        let watch = Watch { begun: self.begun, stages: Vec::new() };
        let mut talk =
            Talk { stream, received: Vec::new(), transcript: Vec::new(), deadline: self.deadline, watch };
        let no_answer = |detail: &str| Outcome::Failed(Failure::Tls { detail: detail.into() });
        if let Err((_, end)) = talk.until_go_ahead(&ehlo).await {
            talk.leave(&end).await;
            return no_answer("the server does not come to STARTTLS this time");
        }
        drain(&mut talk.stream);
        match timeout_at(self.deadline, old_tls::ask(&mut talk.stream, self.host)).await {
            Ok(Some(old)) => Outcome::OldTls(old),
            Ok(None) => no_answer("no ServerHello to a ClientHello of TLS 1.0 to 1.2"),
            Err(_) => Outcome::Failed(Failure::Timeout),
        }
    }

    /// The name we say EHLO with.
    fn ehlo(&self, stream: &TcpStream) -> String {
        match self.ehlo_name {
            Some(name) => name.to_owned(),
            None => address_literal(stream.local_addr().map_or(self.address, |local| local.ip())),
        }
    }
}

/// Throws away what has arrived already, and no more of it than a reply may have; says whether anything had. A server has
/// nothing to say here, so what comes is not from it alone. What arrives later is taken for TLS, as every sender takes it.
fn drain(stream: &mut TcpStream) -> bool {
    let mut buffer = [0; 4096];
    let mut thrown = 0;
    while thrown < MAX_REPLY {
        match stream.read(&mut buffer).now_or_never() {
            Some(Ok(read @ 1..)) => thrown += read,
            _ => break,
        }
    }
    thrown > 0
}

/// `[192.0.2.1]`, `[IPv6:2001:db8::1]` (RFC 5321 §4.1.3)
fn address_literal(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("[{address}]"),
        IpAddr::V6(address) => format!("[IPv6:{address}]"),
    }
}

/// A reply (RFC 5321 §4.2): its code, and the text of each line.
struct Reply {
    code: u16,
    lines: Vec<Vec<u8>>,
}

impl Reply {
    const fn is_positive(&self) -> bool {
        matches!(self.code, 200..=299)
    }

    /// Whether the reply to EHLO lists a feature, in any case (RFC 5321 §4.1.1.1).
    fn offers(&self, feature: &str) -> bool {
        self.lines.iter().skip(1).any(|line| {
            let keyword = line.split(|b| b.is_ascii_whitespace()).next().unwrap_or_default();
            keyword.eq_ignore_ascii_case(feature.as_bytes())
        })
    }
}

/// Which stages are over, and how long each took.
struct Watch {
    /// When the stage under way was begun.
    begun: Instant,
    stages: Vec<StageTime>,
}

impl Watch {
    /// Writes down that a stage is over, and that the next begins.
    fn over(&mut self, stage: SmtpStage) {
        let now = Instant::now();
        let took_ms = u32::try_from((now - self.begun).as_millis()).unwrap_or(u32::MAX);
        self.stages.push(StageTime { stage, took_ms });
        self.begun = now;
    }

    /// The stages of a session that ended at `stage`: the first that was not completed, or none.
    fn ended_at(mut self, stage: SmtpStage) -> Vec<StageTime> {
        if stage != SmtpStage::Done && self.stages.iter().all(|one| one.stage != stage) {
            self.over(stage);
        }
        self.stages
    }
}

struct Talk<S> {
    stream: S,
    /// What was received and not read yet.
    received: Vec<u8>,
    transcript: Vec<Said>,
    deadline: Instant,
    watch: Watch,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Talk<S> {
    async fn until_go_ahead(&mut self, ehlo: &str) -> Result<(), (SmtpStage, SessionEnd)> {
        let at = |stage| move |end| (stage, end);
        let greeting = self.reply().await.map_err(at(SmtpStage::Banner))?;
        self.watch.over(SmtpStage::Banner);
        if greeting.code != 220 {
            return Err((SmtpStage::Banner, SessionEnd::Refused { code: greeting.code }));
        }
        let features = self.ask(&format!("EHLO {ehlo}")).await.map_err(at(SmtpStage::Ehlo))?;
        self.watch.over(SmtpStage::Ehlo);
        if !features.is_positive() {
            let end = self.try_helo(ehlo, features.code).await;
            return Err((SmtpStage::Ehlo, end));
        }
        if !features.offers("STARTTLS") {
            return Err((SmtpStage::Starttls, SessionEnd::NotOffered));
        }
        let go_ahead = self.ask("STARTTLS").await.map_err(at(SmtpStage::Starttls))?;
        self.watch.over(SmtpStage::Starttls);
        if go_ahead.code != 220 {
            return Err((SmtpStage::Starttls, SessionEnd::Refused { code: go_ahead.code }));
        }
        Ok(())
    }

    /// Behind an EHLO that was refused with `code`: whether the server knows HELO at least.
    async fn try_helo(&mut self, ehlo: &str, code: u16) -> SessionEnd {
        // 421 closes the connection (RFC 5321 §3.8).
        if code == 421 {
            return SessionEnd::Refused { code };
        }
        match self.ask(&format!("HELO {ehlo}")).await {
            Ok(reply) if reply.is_positive() => SessionEnd::HeloOnly,
            _ => SessionEnd::Refused { code },
        }
    }

    async fn over_tls(&mut self, ehlo: &str) -> Result<(), SessionEnd> {
        let features = self.ask(&format!("EHLO {ehlo}")).await?;
        self.watch.over(SmtpStage::EhloAfterTls);
        if !features.is_positive() {
            return Err(SessionEnd::Refused { code: features.code });
        }
        Ok(())
    }

    async fn ask(&mut self, command: &str) -> Result<Reply, SessionEnd> {
        note(&mut self.transcript, true, command);
        let line = format!("{command}\r\n");
        let sent = timeout_at(self.deadline, async {
            self.stream.write_all(line.as_bytes()).await?;
            self.stream.flush().await
        });
        match sent.await {
            // A server that has closed may have said why before.
            Ok(_) => self.reply().await,
            Err(_) => Err(SessionEnd::Silent),
        }
    }

    /// Says QUIT, where the server still listens. Nobody waits for its last reply: the connection stays open for it beside.
    async fn leave(mut self, end: &SessionEnd) -> (Vec<Said>, Watch) {
        let listens = matches!(
            end,
            SessionEnd::Complete | SessionEnd::Refused { .. } | SessionEnd::NotOffered | SessionEnd::HeloOnly
        );
        if listens {
            note(&mut self.transcript, true, "QUIT");
            let until = Instant::now() + LEAVING;
            let mut stream = self.stream;
            let sent = timeout_at(until, async {
                stream.write_all(b"QUIT\r\n").await?;
                stream.flush().await
            });
            if matches!(sent.await, Ok(Ok(()))) {
                tokio::spawn(async move { timeout_at(until, stream.read(&mut [0; 512])).await.is_ok() });
            }
        }
        (self.transcript, self.watch)
    }

    /// The next reply, all of its lines.
    async fn reply(&mut self) -> Result<Reply, SessionEnd> {
        let mut code = None;
        let mut lines = Vec::new();
        let mut size = 0;
        loop {
            let line = self.line().await?;
            note(&mut self.transcript, false, &escaped(&line));
            size += line.len();
            let Some((this, more, text)) = reply_line(&line) else { return Err(SessionEnd::NotSmtp) };
            let code = *code.get_or_insert(this);
            lines.push(text.to_vec());
            if !more {
                return Ok(Reply { code, lines });
            }
            if size > MAX_REPLY {
                return Err(SessionEnd::TooLong);
            }
        }
    }

    /// The next line, without its end: LF, with or without CR in front.
    async fn line(&mut self) -> Result<Vec<u8>, SessionEnd> {
        let mut looked = 0;
        loop {
            let end = self.received.iter().skip(looked).position(|b| *b == b'\n').map(|at| at + looked);
            if let Some(end) = end {
                let mut line: Vec<u8> = self.received.drain(..=end).collect();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            looked = self.received.len();
            if looked > MAX_REPLY {
                return Err(SessionEnd::TooLong);
            }
            self.received.reserve(READ);
            match timeout_at(self.deadline, self.stream.read_buf(&mut self.received)).await {
                Ok(Ok(0)) => return Err(self.cut_short()),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(end_of(&error)),
                Err(_) => return Err(SessionEnd::Silent),
            }
        }
    }

    /// How it ended where the connection ended: with half a line, or with none.
    fn cut_short(&mut self) -> SessionEnd {
        if !self.received.is_empty() {
            note(&mut self.transcript, false, &escaped(&self.received));
        }
        SessionEnd::Closed
    }
}

fn end_of(error: &io::Error) -> SessionEnd {
    // An alert behind the handshake, such as that of a server that demands a certificate of the client over TLS 1.3 (RFC
    // 8446 §4.4.2.4), or records that cannot be read.
    let of_tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match (of_tls, error.kind()) {
        (Some(of_tls), _) => SessionEnd::Tls { detail: of_tls.to_string(), old_version: false },
        (None, io::ErrorKind::TimedOut) => SessionEnd::Silent,
        (None, _) => SessionEnd::Closed,
    }
}

/// `250-text`, `250 text` or `250`: the code, whether another line follows, the text.
fn reply_line(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let (code, rest) = line.split_at_checked(3)?;
    let code = std::str::from_utf8(code).ok().filter(|code| code.bytes().all(|b| b.is_ascii_digit()))?;
    let (more, text) = match rest.split_first() {
        None => (false, rest),
        Some((b' ', text)) => (false, text),
        Some((b'-', text)) => (true, text),
        Some(_) => return None,
    };
    Some((code.parse().ok()?, more, text))
}

/// Puts a line into the transcript, as long as there is room.
fn note(transcript: &mut Vec<Said>, us: bool, text: &str) {
    let cut = |text: &str| {
        let shown: String = text.chars().take(MAX_SAID).collect();
        if shown.len() < text.len() { shown + "…" } else { shown }
    };
    match transcript.len() {
        0..MAX_TRANSCRIPT => transcript.push(Said { us, text: cut(text) }),
        MAX_TRANSCRIPT => transcript.push(Said { us: false, text: "…".into() }),
        _ => {}
    }
}

/// A server's text, with what is no visible ASCII written as `\xNN`.
fn escaped(text: &[u8]) -> String {
    let mut shown = String::new();
    for b in text.iter().take(MAX_SAID + 1) {
        match b {
            b'\t' => shown.push_str("\\t"),
            b'\r' => shown.push_str("\\r"),
            0x20..=0x7E => shown.push(char::from(*b)),
            _ => shown.push_str(&format!("\\x{b:02X}")),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_read_line_by_line() {
        assert_eq!(reply_line(b"250 ok"), Some((250, false, &b"ok"[..])));
        assert_eq!(reply_line(b"250-more"), Some((250, true, &b"more"[..])));
        assert_eq!(reply_line(b"250"), Some((250, false, &b""[..])));
        for line in [&b""[..], b"25", b"2500", b"25x ok", b"HTTP/1.1 400", b"\xE9\xE9\xE9 x"] {
            assert_eq!(reply_line(line), None, "{line:?}");
        }
    }

    #[test]
    fn features_are_the_first_word_of_a_line_behind_the_first() {
        let reply = |lines: &[&str]| Reply {
            code: 250,
            lines: lines.iter().map(|line| line.as_bytes().to_vec()).collect(),
        };
        assert!(reply(&["mx", "starttls"]).offers("STARTTLS"));
        assert!(reply(&["mx", "STARTTLS "]).offers("STARTTLS"));
        assert!(!reply(&["STARTTLS"]).offers("STARTTLS"), "the first line greets");
        assert!(!reply(&["mx", "XSTARTTLS", "AUTH STARTTLS"]).offers("STARTTLS"));
    }

    #[test]
    fn what_a_server_says_is_escaped_and_bounded() {
        assert_eq!(escaped(b"a\x1b[31m\xE9\0\t"), "a\\x1B[31m\\xE9\\x00\\t");
        let mut transcript = Vec::new();
        for _ in 0..1000 {
            note(&mut transcript, false, &"x".repeat(10_000));
        }
        assert_eq!(transcript.len(), MAX_TRANSCRIPT + 1);
        assert_eq!(transcript[0].text.chars().count(), MAX_SAID + 1);
    }
}
