//! Policy hosts that answer in other ways than most.

use std::time::Duration;

use super::{ENFORCE, Exhibit, Expect, fine, good, with_web};
use crate::pki::Cert;
use crate::web::{Answer, Web};

pub(super) fn all() -> Vec<Exhibit> {
    let serves = |answer| Web::Serves(Cert::Good, answer);
    vec![
        with_web(
            "policy-drip",
            "The policy comes byte by byte, with a second in between.",
            serves(Answer::Drips(Duration::from_secs(1), ENFORCE)),
            "fetch-error",
            &["policy-unreachable"],
        ),
        Exhibit {
            web: serves(Answer::After(Duration::from_secs(5), ENFORCE)),
            expect: Expect { warnings: &["policy-slow"], ..fine() },
            ..good("policy-slow", "The policy host takes five seconds to answer.")
        },
        Exhibit {
            web: serves(Answer::Http10(ENFORCE)),
            ..good("policy-http10", "The policy host speaks HTTP/1.0, and tells no length.")
        },
        Exhibit {
            web: Web::ServesWithoutAlpn(Answer::Policy(ENFORCE)),
            ..good("policy-no-alpn", "The policy host agrees on no protocol in TLS.")
        },
        with_web(
            "policy-100-kib",
            "The policy has 100 KiB.",
            serves(Answer::Padded(ENFORCE, 100 * 1024)),
            "fetch-error",
            &["policy-body-too-large"],
        ),
        with_web(
            "policy-404-with-policy",
            "The policy host answers 404, and sends the policy along.",
            serves(Answer::StatusWith("404 Not Found", ENFORCE)),
            "absent",
            &["policy-not-found"],
        ),
        with_web(
            "policy-client-cert",
            "The policy host's certificate is for TLS clients.",
            Web::Serves(Cert::ClientOnly, Answer::Policy(ENFORCE)),
            "webpki-invalid",
            &["policy-certificate-untrusted"],
        ),
        with_web(
            "policy-expired-intermediate",
            "The intermediate certificate that the policy host sends has expired.",
            Web::Serves(Cert::ExpiredIntermediate, Answer::Policy(ENFORCE)),
            "webpki-invalid",
            &["policy-certificate-expired"],
        ),
    ]
}
