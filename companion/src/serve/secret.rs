//! What a front and its prober share, so that nobody else has the prober dial.

use std::path::Path;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

/// The variable that holds the secret where no file is named.
const VARIABLE: &str = "MTA_STS_SECRET";
/// Least octets of a secret: 128 bits in base64 have 22, in hexadecimal 32.
const LEAST: usize = 22;

/// The secret. It is never shown: there is no `Debug` or `Display`.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Reads it from `file`, or from the variable `MTA_STS_SECRET` where there is none. White space around it is no part
    /// of it.
    ///
    /// # Errors
    /// There is none, or it is too short to be one, or holds what no header field can.
    pub fn load(file: Option<&Path>) -> Result<Self, String> {
        let (text, whence) = match file {
            Some(path) => {
                let whence = path.display().to_string();
                (std::fs::read_to_string(path).map_err(|error| format!("{whence}: {error}"))?, whence)
            }
            None => {
                let missing = |_| format!("no secret: name a file with --secret-file, or set {VARIABLE}");
                (std::env::var(VARIABLE).map_err(missing)?, VARIABLE.to_owned())
            }
        };
        Self::parse(&text).map_err(|error| format!("{whence}: {error}"))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() < LEAST {
            return Err(format!(
                "a secret has at least {LEAST} characters, such as `openssl rand -base64 32` gives"
            ));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("a secret is one word of visible ASCII".into());
        }
        Ok(Self(text.to_owned()))
    }

    /// The value of `Authorization` that shows it (RFC 6750 §2.1).
    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// Whether a request shows the secret. How long this takes says nothing of what is wrong: digests are compared, all
    /// of them to the end.
    pub(super) fn is_shown(&self, fields: &HeaderMap) -> bool {
        let shown = fields.get(AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
        let [shown, expected] = [shown, self.bearer().as_bytes()].map(|text| digest(&SHA256, text));
        verify_slices_are_equal(shown.as_ref(), expected.as_ref()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_itself_opens() {
        let secret = Secret::parse(" 0123456789abcdef0123456789abcdef\n").map_err(drop).expect("a secret");
        let shows = |value: &str| {
            let mut fields = HeaderMap::new();
            fields.insert(AUTHORIZATION, value.parse().expect("a value"));
            secret.is_shown(&fields)
        };
        assert!(shows("Bearer 0123456789abcdef0123456789abcdef"));
        for wrong in [
            "",
            "Bearer",
            "Bearer ",
            "0123456789abcdef0123456789abcdef",
            "Basic 0123456789abcdef0123456789abcdef",
            "Bearer 0123456789abcdef0123456789abcdee",
            "Bearer 0123456789abcdef0123456789abcdef0",
        ] {
            assert!(!shows(wrong), "{wrong}");
        }
        assert!(!secret.is_shown(&HeaderMap::new()));
        for bad in ["", "short", "0123456789abcdef 0123456789abcdef", "0123456789abcdef0123456789abcdéf"] {
            assert!(Secret::parse(bad).is_err(), "{bad}");
        }
    }
}
