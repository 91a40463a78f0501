//! What a server says at a step of SMTP, where that is not what it should say.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::sleep;

/// What a reply is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The connection.
    Greeting,
    /// EHLO.
    Ehlo,
    /// HELO.
    Helo,
    /// EHLO, and HELO as well.
    Hello,
    /// STARTTLS.
    Starttls,
    /// EHLO over TLS.
    EhloOverTls,
    /// QUIT.
    Quit,
    /// Anything else.
    Other,
}

impl Step {
    /// Whether what is done at this step is done at `step`.
    pub(super) fn is(self, step: Self) -> bool {
        self == step || (self == Self::Hello && matches!(step, Self::Ehlo | Self::Helo))
    }
}

/// What a server does at a step. In texts, `{h}` stands for its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    /// Says that, a whole reply or not. After 421 it closes (RFC 5321 §3.8).
    Says(&'static [u8]),
    /// Says that byte by byte, with so much time in between.
    Drips(Duration, &'static str),
    /// Says that, after so much time.
    SaysAfter(Duration, &'static str),
    /// Says the first over and over, so many times, and then the second.
    Repeats(&'static str, usize, &'static str),
    /// Says that without end.
    Endless(&'static [u8]),
    /// Says that, and closes.
    SaysAndCloses(&'static str),
    /// Closes.
    Closes,
    /// Says nothing until the client has gone.
    Stays,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// A reply that begins with that code.
    Said(u16),
    /// The connection is to be closed.
    Over,
}

impl Does {
    pub(super) async fn carry_out(
        self,
        stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
        host: &str,
    ) -> io::Result<Done> {
        let filled = |text: &str| text.replace("{h}", host);
        let (text, closes) = match self {
            Self::Says(octets) => (octets.to_vec(), false),
            Self::Drips(pause, text) => {
                for octet in filled(text).bytes() {
                    stream.write_all(&[octet]).await?;
                    stream.flush().await?;
                    sleep(pause).await;
                }
                return Ok(Done::Said(code_of(text.as_bytes())));
            }
            Self::SaysAfter(pause, text) => {
                sleep(pause).await;
                (text.into(), false)
            }
            Self::Repeats(line, times, end) => ((line.repeat(times) + end).into(), false),
            Self::Endless(octets) => loop {
                stream.write_all(octets).await?;
            },
            Self::SaysAndCloses(text) => (text.into(), true),
            Self::Closes => return Ok(Done::Over),
            Self::Stays => {
                let mut octets = [0; 512];
                while stream.read(&mut octets).await? > 0 {}
                return Ok(Done::Over);
            }
        };
        stream.write_all(&fill(&text, host)).await?;
        stream.flush().await?;
        let code = code_of(&text);
        Ok(if closes || code == 421 { Done::Over } else { Done::Said(code) })
    }
}

/// `text` with the name in place of `{h}`, and every other octet as it is.
fn fill(text: &[u8], host: &str) -> Vec<u8> {
    match text.windows(3).position(|three| three == b"{h}") {
        Some(at) => [&text[..at], host.as_bytes(), &text[at + 3..]].concat(),
        None => text.to_vec(),
    }
}

/// The code a reply begins with; 0 where it begins with none.
fn code_of(text: &[u8]) -> u16 {
    let code = text.get(..3).and_then(|code| std::str::from_utf8(code).ok());
    code.and_then(|code| code.parse().ok()).unwrap_or_default()
}
