//! The probe against servers that do whatever a server can do: each script is what the server sends, and
//! what the session must come to.
#![cfg(not(target_arch = "wasm32"))]

use std::time::{Duration, Instant};

use companion::smtp::Probe;
use companion::tls::{Purpose, Tls};
use companion::trust::Trust;
use mta_sts::evidence::{Session, SessionEnd, SmtpStage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a scripted server does, in order.
enum Do {
    /// Sends these octets.
    Send(&'static [u8]),
    /// Sends them one by one.
    Drip(&'static [u8]),
    /// Sends them over and over.
    Flood(&'static [u8]),
    /// Waits for a line of the client.
    Hear,
    /// Says nothing until the client has gone.
    Wait,
}
use Do::{Drip, Flood, Hear, Send, Wait};

async fn play(mut stream: TcpStream, script: Vec<Do>) -> std::io::Result<()> {
    let mut buffer = [0; 1024];
    // Every line is a segment of its own.
    stream.set_nodelay(true)?;
    for what in script {
        match what {
            Send(bytes) => stream.write_all(bytes).await?,
            Drip(bytes) => {
                for byte in bytes {
                    stream.write_all(&[*byte]).await?;
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }
            Flood(bytes) => loop {
                stream.write_all(bytes).await?;
            },
            Hear => loop {
                let read = stream.read(&mut buffer).await?;
                if read == 0 || buffer[..read].contains(&b'\n') {
                    break;
                }
            },
            Wait => while stream.read(&mut buffer).await? > 0 {},
        }
    }
    stream.shutdown().await
}

const PATIENCE: Duration = Duration::from_millis(1500);

async fn probe(script: Vec<Do>) -> Session {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        play(stream, script).await.ok();
    });
    let tls = Tls::new(Trust::default());
    let begun = tokio::time::Instant::now();
    let stream = TcpStream::connect(at).await.expect("a connection");
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let probe = Probe {
        begun,
        host: "mx.example.com",
        address: at.ip(),
        ehlo_name: Some("probe.example"),
        tls: &tls,
        deadline,
    };
    let session = probe.run(Purpose::Smtp, stream).await;
    assert!(begun.elapsed() < PATIENCE + Duration::from_secs(3), "{:?}", begun.elapsed());
    server.abort();
    session
}

const HELLO: &[u8] = b"220 mx.example.com ESMTP\r\n";
const OFFER: &[u8] = b"250-mx.example.com\r\n250-SIZE\r\n250 STARTTLS\r\n";

async fn comes_to(name: &str, script: Vec<Do>, stage: SmtpStage, end: SessionEnd) {
    let session = probe(script).await;
    assert_eq!((session.stage, &session.end), (stage, &end), "{name}: {:?}", session.transcript);
}

#[tokio::test(flavor = "multi_thread")]
async fn greetings() {
    use SessionEnd as End;
    use SmtpStage::Banner;
    let refused = |code| End::Refused { code };
    comes_to("silent", vec![Wait], Banner, End::Silent).await;
    comes_to("closes", vec![], Banner, End::Closed).await;
    comes_to("half a line", vec![Send(b"220 mx.exa")], Banner, End::Closed).await;
    comes_to("554", vec![Send(b"554 5.7.1 no\r\n")], Banner, refused(554)).await;
    comes_to("421", vec![Send(b"421 busy\r\n")], Banner, refused(421)).await;
    comes_to("450", vec![Send(b"450 later\r\n"), Wait], Banner, refused(450)).await;
    comes_to("not 220", vec![Send(b"250 hello\r\n"), Wait], Banner, refused(250)).await;
    comes_to("HTTP", vec![Send(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Wait], Banner, End::NotSmtp).await;
    comes_to("SSH", vec![Send(b"SSH-2.0-OpenSSH_9.9\r\n"), Wait], Banner, End::NotSmtp).await;
    comes_to("NUL", vec![Send(b"\0\0\0\0\n"), Wait], Banner, End::NotSmtp).await;
    comes_to("CR only", vec![Send(b"220 mx\r220 mx\r"), Wait], Banner, End::Silent).await;
    comes_to("endless line", vec![Flood(&[b'x'; 1000])], Banner, End::TooLong).await;
    comes_to("endless reply", vec![Flood(b"220-more\r\n")], Banner, End::TooLong).await;
    comes_to("endless CR", vec![Flood(b"220 mx\r")], Banner, End::TooLong).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_to_ehlo() {
    use SessionEnd as End;
    use SmtpStage::{Ehlo, Starttls};
    let after_hello =
        |rest: Vec<Do>| [vec![Send(HELLO), Hear], rest].into_iter().flatten().collect::<Vec<_>>();
    let refused = |code| End::Refused { code };
    comes_to("silent", after_hello(vec![Wait]), Ehlo, End::Silent).await;
    comes_to("closes", after_hello(vec![]), Ehlo, End::Closed).await;
    comes_to("421", after_hello(vec![Send(b"421 bye\r\n")]), Ehlo, refused(421)).await;
    comes_to(
        "502, HELO too",
        after_hello(vec![Send(b"502 no\r\n"), Hear, Send(b"502 no\r\n")]),
        Ehlo,
        refused(502),
    )
    .await;
    comes_to("502, then closes", after_hello(vec![Send(b"502 no\r\n"), Hear]), Ehlo, refused(502)).await;
    comes_to(
        "502, HELO fine",
        after_hello(vec![Send(b"502 no\r\n"), Hear, Send(b"250 mx\r\n"), Wait]),
        Ehlo,
        End::HeloOnly,
    )
    .await;
    comes_to(
        "550, HELO fine",
        after_hello(vec![Send(b"550 no\r\n"), Hear, Send(b"250 mx\r\n"), Wait]),
        Ehlo,
        End::HeloOnly,
    )
    .await;
    comes_to(
        "no STARTTLS",
        after_hello(vec![Send(b"250-mx\r\n250 SIZE\r\n"), Wait]),
        Starttls,
        End::NotOffered,
    )
    .await;
    comes_to("one line", after_hello(vec![Send(b"250 STARTTLS\r\n"), Wait]), Starttls, End::NotOffered).await;
    comes_to("LF only", after_hello(vec![Send(b"250-mx\n250 SIZE\n"), Wait]), Starttls, End::NotOffered)
        .await;
    comes_to(
        "8-bit",
        after_hello(vec![Send(b"250-m\xFCx\r\n250 \xFF\r\n"), Wait]),
        Starttls,
        End::NotOffered,
    )
    .await;
    comes_to("1 MiB", after_hello(vec![Flood(b"250-X-FEATURE\r\n")]), Ehlo, End::TooLong).await;
    comes_to("garbage", after_hello(vec![Send(b"what?\r\n"), Wait]), Ehlo, End::NotSmtp).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_to_starttls() {
    use SessionEnd as End;
    use SmtpStage::{Handshake, Starttls};
    let after_offer = |rest: Vec<Do>| {
        [vec![Send(HELLO), Hear, Send(OFFER), Hear], rest].into_iter().flatten().collect::<Vec<_>>()
    };
    let refused = |code| End::Refused { code };
    comes_to("silent", after_offer(vec![Wait]), Starttls, End::Silent).await;
    comes_to("closes", after_offer(vec![]), Starttls, End::Closed).await;
    comes_to("454", after_offer(vec![Send(b"454 not now\r\n"), Wait]), Starttls, refused(454)).await;
    comes_to("501", after_offer(vec![Send(b"501 no\r\n"), Wait]), Starttls, refused(501)).await;
    comes_to("250", after_offer(vec![Send(b"250 fine\r\n"), Wait]), Starttls, refused(250)).await;
    comes_to("silent in the handshake", after_offer(vec![Send(b"220 go\r\n"), Wait]), Handshake, End::Silent)
        .await;
    let closes = probe(after_offer(vec![Send(b"220 go\r\n")])).await;
    assert!(matches!((closes.stage, closes.end), (Handshake, End::Tls { old_version: false, .. })));
    let garbage =
        probe(after_offer(vec![Send(b"220 go\r\n"), Hear, Send(b"500 what is this?\r\n"), Wait])).await;
    assert!(matches!((garbage.stage, garbage.end), (Handshake, End::Tls { .. })));
    let old = probe(after_offer(vec![Send(b"220 go\r\n"), Hear, Send(&[21, 3, 1, 0, 2, 2, 70]), Wait])).await;
    assert!(matches!((old.stage, old.end), (Handshake, End::Tls { old_version: true, .. })));
    let drip = after_offer(vec![Drip(b"454 no\r\n"), Wait]);
    comes_to("byte by byte", drip, Starttls, refused(454)).await;
}

/// A server that is gone when it is asked has said why before: that is read.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_words_of_a_server_are_heard() {
    let refused = SessionEnd::Refused { code: 421 };
    for last in [&b"421 4.3.2 shutting down\r\n"[..], b"220 mx\r\n421 4.3.2 shutting down\r\n"] {
        let session = probe(vec![Send(last)]).await;
        assert_eq!(session.end, refused, "{:?}", session.transcript);
    }
}

/// A server that demands the client's certificate says so behind the handshake of TLS 1.3, in an alert.
#[tokio::test(flavor = "multi_thread")]
async fn a_demand_for_a_certificate_is_told() {
    let zoo = zoo::Zoo::open().await.expect("the zoo opens");
    for (name, stage) in [
        ("mx-demands-client-cert", SmtpStage::EhloAfterTls),
        ("mx-demands-client-cert-tls12", SmtpStage::Handshake),
    ] {
        let at = zoo.mail_host(&format!("mx1.{name}.zoo.test")).expect("a mail host");
        let tls = Tls::new(Trust::default());
        let begun = tokio::time::Instant::now();
        let stream = TcpStream::connect(at).await.expect("a connection");
        let deadline = begun + PATIENCE;
        let host = "mx.example.com";
        let session = Probe { begun, host, address: at.ip(), ehlo_name: None, tls: &tls, deadline }
            .run(Purpose::Smtp, stream)
            .await;
        assert_eq!(session.stage, stage, "{name}");
        let SessionEnd::Tls { detail, old_version: false } = &session.end else {
            panic!("{:?}", session.end)
        };
        assert!(detail.contains("CertificateRequired"), "{detail}");
    }
}

/// What comes in the clear behind the go-ahead is told, and never read as an answer.
#[tokio::test(flavor = "multi_thread")]
async fn injected_plaintext_is_thrown_away() {
    let injected: &[u8] = b"220 go\r\n250-injected\r\n250 STARTTLS\r\n";
    let session = probe(vec![Send(HELLO), Hear, Send(OFFER), Hear, Send(injected), Wait]).await;
    assert!(session.injected);
    assert_eq!((session.stage, &session.end), (SmtpStage::Handshake, &SessionEnd::Silent));
    assert!(
        !session.transcript.iter().any(|said| said.text.contains("injected")),
        "{:?}",
        session.transcript
    );
}

/// What comes later than the go-ahead is taken for TLS, and is none; without end it takes no longer.
#[tokio::test(flavor = "multi_thread")]
async fn plaintext_instead_of_tls_fails_the_handshake() {
    for late in [Send(b"250 late\r\n"), Flood(b"250 late\r\n")] {
        let begun = Instant::now();
        let session =
            probe(vec![Send(HELLO), Hear, Send(OFFER), Hear, Send(b"220 go\r\n"), Hear, late, Wait]).await;
        assert!(!session.injected);
        assert!(
            matches!(&session.end, SessionEnd::Tls { detail, .. } if detail.contains("not TLS")),
            "{:?}",
            session.end
        );
        assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_bounded_and_escaped() {
    let session =
        probe(vec![Flood(b"220-\x1b[31m \xE9 and more and more and more and more and more\r\n")]).await;
    assert_eq!(session.end, SessionEnd::TooLong);
    assert!(session.transcript.len() <= 61, "{}", session.transcript.len());
    for said in &session.transcript {
        assert!(said.text.chars().all(|c| c == '…' || (' '..='~').contains(&c)), "{said:?}");
        assert!(said.text.len() < 300);
    }
}
