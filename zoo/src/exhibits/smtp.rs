//! Mail hosts whose replies are not what they should be.

use std::time::Duration;

use super::{Exhibit, at, good, host, with_mail};
use crate::mail::{Does, Mail, Step};

/// A mail host that does this at that step, with which no SMTP session can be held.
fn no_session(name: &'static str, sentence: &'static str, step: Step, does: Does) -> Exhibit {
    with_mail(name, sentence, Mail::At(step, does), fails!("connect-failed"), &["mx-connect-failed"])
}

/// A mail host that does this at that step, and with which STARTTLS does not come about.
fn no_starttls(name: &'static str, sentence: &'static str, step: Step, does: Does) -> Exhibit {
    let hosts = fails!("starttls-not-supported");
    with_mail(name, sentence, Mail::At(step, does), hosts, &["mx-starttls-missing"])
}

/// A mail host that does this at that step, which harms nobody.
fn harmless(name: &'static str, sentence: &'static str, step: Step, does: Does) -> Exhibit {
    Exhibit { hosts: vec![at("mx1", &[Mail::At(step, does)])], ..good(name, sentence) }
}

pub(super) fn all() -> Vec<Exhibit> {
    [closing(), refusing(), odd()].concat()
}

fn closing() -> Vec<Exhibit> {
    vec![
        no_session(
            "mx-closes-after-banner",
            "The MX host greets, and closes the connection.",
            Step::Greeting,
            Does::SaysAndCloses("220 mx ESMTP\r\n"),
        ),
        no_session(
            "mx-closes-at-ehlo",
            "The MX host closes the connection instead of replying to EHLO.",
            Step::Ehlo,
            Does::Closes,
        ),
        Exhibit {
            seconds: 20,
            ..harmless(
                "mx-banner-slow",
                "The MX host's greeting comes after 20 seconds, as some have spammers wait.",
                Step::Greeting,
                Does::SaysAfter(Duration::from_secs(20), "220 mx ESMTP\r\n"),
            )
        },
    ]
}

fn refusing() -> Vec<Exhibit> {
    vec![
        no_session(
            "mx-banner-421",
            "The MX host greets with 421, and closes.",
            Step::Greeting,
            Does::Says(b"421 4.3.2 too busy\r\n"),
        ),
        no_session(
            "mx-banner-450",
            "The MX host greets with 450.",
            Step::Greeting,
            Does::Says(b"450 4.7.1 later\r\n"),
        ),
        no_session(
            "mx-ehlo-554",
            "The MX host refuses EHLO with 554, and HELO too.",
            Step::Hello,
            Does::Says(b"554 5.7.1 not from you\r\n"),
        ),
        no_session(
            "mx-ehlo-421",
            "The MX host replies 421 to EHLO, and closes.",
            Step::Hello,
            Does::Says(b"421 4.7.0 not now\r\n"),
        ),
        no_session(
            "mx-ehlo-450",
            "The MX host puts EHLO off with 450, and HELO too.",
            Step::Hello,
            Does::Says(b"450 4.7.1 later\r\n"),
        ),
        no_starttls(
            "mx-starttls-554",
            "The MX host offers STARTTLS and refuses it with 554.",
            Step::Starttls,
            Does::Says(b"554 5.7.3 no TLS for you\r\n"),
        ),
        no_starttls(
            "mx-starttls-421",
            "The MX host offers STARTTLS, replies 421 to it, and closes.",
            Step::Starttls,
            Does::Says(b"421 4.7.0 TLS is not available\r\n"),
        ),
        no_session(
            "mx-ehlo-over-tls-554",
            "The MX host refuses EHLO over TLS with 554.",
            Step::EhloOverTls,
            Does::Says(b"554 5.7.1 not from you\r\n"),
        ),
        no_session(
            "mx-ehlo-over-tls-421",
            "The MX host replies 421 to EHLO over TLS, and closes.",
            Step::EhloOverTls,
            Does::Says(b"421 4.3.2 too busy\r\n"),
        ),
        no_session(
            "mx-ehlo-over-tls-450",
            "The MX host puts EHLO over TLS off with 450.",
            Step::EhloOverTls,
            Does::Says(b"450 4.7.1 later\r\n"),
        ),
    ]
}

fn odd() -> Vec<Exhibit> {
    vec![
        harmless(
            "mx-banner-lines",
            "The MX host's greeting has three lines.",
            Step::Greeting,
            Does::Says(b"220-{h} ESMTP\r\n220-unsolicited mail is\r\n220 not welcome\r\n"),
        ),
        harmless(
            "mx-nul",
            "The MX host's greeting has a NUL in it.",
            Step::Greeting,
            Does::Says(b"220 mx\0 ESMTP\0\r\n"),
        ),
        harmless(
            "mx-eight-bit",
            "The MX host's reply to EHLO has 8-bit text in it that is no UTF-8.",
            Step::Ehlo,
            Does::Says(b"250-{h} gr\xFC\xDFt\r\n250-STARTTLS\r\n250 \xFF\xFE\r\n"),
        ),
        no_session(
            "mx-cr-only",
            "The MX host ends its lines with CR alone, which ends no line.",
            Step::Greeting,
            Does::Says(b"220 mx ESMTP\r"),
        ),
        no_session(
            "mx-ehlo-endless",
            "The MX host's reply to EHLO never ends.",
            Step::Ehlo,
            Does::Endless(b"250-X-AND-SO-ON\r\n"),
        ),
        no_session(
            "mx-ehlo-endless-line",
            "A line of the MX host's reply to EHLO never ends.",
            Step::Ehlo,
            Does::Endless(b"250-AND-SO-ON-"),
        ),
        no_session(
            "mx-ehlo-one-mib",
            "The MX host's reply to EHLO is as large as 1 MiB.",
            Step::Ehlo,
            Does::Repeats("250-X-A-FEATURE-NOBODY-KNOWS-00\r\n", 1 << 15, "250 STARTTLS\r\n"),
        ),
        no_session(
            "mx-starttls-endless",
            "The MX host's reply to STARTTLS never ends.",
            Step::Starttls,
            Does::Endless(b"220-go\r\n"),
        ),
        no_session(
            "mx-ehlo-over-tls-endless",
            "The MX host's reply to EHLO over TLS never ends.",
            Step::EhloOverTls,
            Does::Endless(b"250-X-AND-SO-ON\r\n"),
        ),
        harmless(
            "mx-starttls-lower-case",
            "The MX host offers starttls in small letters.",
            Step::Ehlo,
            Does::Says(b"250-{h}\r\n250-size 10240000\r\n250-starttls\r\n250 8bitmime\r\n"),
        ),
        harmless(
            "mx-starttls-lower-case-last",
            "The MX host offers starttls in small letters, in the last line.",
            Step::Ehlo,
            Does::Says(b"250-{h}\r\n250 starttls\r\n"),
        ),
        no_session(
            "mx-ehlo-unfinished",
            "The last line of the MX host's reply to EHLO has a hyphen behind its code, so another must follow.",
            Step::Ehlo,
            Does::Says(b"250-{h}\r\n250-starttls\r\n"),
        ),
        harmless(
            "mx-starttls-reply-lines",
            "The MX host's reply to STARTTLS has two lines.",
            Step::Starttls,
            Does::Says(b"220-2.0.0 go\r\n220 2.0.0 ahead\r\n"),
        ),
        harmless(
            "mx-starttls-reply-garbage",
            "The text of the MX host's reply to STARTTLS is garbage.",
            Step::Starttls,
            Does::Says(b"220 \x00\xFF\x1b[31m\x16\x03\x01 ahead\r\n"),
        ),
    ]
}
