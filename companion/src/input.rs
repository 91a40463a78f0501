//! What people type, turned into a policy domain.

use mta_sts::name::typed;
use mta_sts::{Domain, DomainError};

/// The policy domain in `text`, U-labels turned into A-labels, and one sentence where something was
/// taken away to get at it.
///
/// # Errors
/// Why there is none, as a sentence that says what to type.
pub fn domain(text: &str) -> Result<(Domain, Option<String>), DomainError> {
    let typed = typed(text)?;
    let ascii = if typed.domain.is_ascii() {
        typed.domain.clone()
    } else {
        let no_a_label = |_| DomainError::NoALabel(typed.domain.clone());
        idna::domain_to_ascii(&typed.domain).map_err(no_a_label)?
    };
    Ok((Domain::parse(&ascii)?, typed.notice()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u_labels_become_a_labels() {
        for (text, ascii) in [
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example.", "xn--bcher-kva.example"),
            ("faß.example", "xn--fa-hia.example"),
            ("postmaster@почта.рф", "xn--80a1acny.xn--p1ai"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ] {
            assert_eq!(domain(text).map(|(domain, _)| domain.to_string()), Ok(ascii.into()), "{text}");
        }
    }

    #[test]
    fn what_is_no_domain_says_what_to_type() {
        for text in ["", "１２７.０.０.１", "xn--a-ä.example", "a\u{202e}b.example", "ⓔxample", "b_ü.example"]
        {
            assert!(domain(text).is_err(), "{text}");
        }
    }
}
