//! What people give: a policy domain as they type it, and files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

#[cfg(feature = "network")]
use mta_sts::{Domain, DomainError, name::typed};

/// The policy domain in `text`, U-labels turned into A-labels, and one sentence where something was
/// taken away to get at it.
///
/// # Errors
/// Why there is none, as a sentence that says what to type.
#[cfg(feature = "network")]
pub fn domain(text: &str) -> Result<(Domain, Option<String>), DomainError> {
    let typed = typed(text)?;
    let ascii = if typed.domain.is_ascii() {
        typed.domain.clone()
    } else {
        let no_a_label = |_| DomainError::NoALabel(typed.domain.clone());
        idna::domain_to_ascii(&typed.domain).map_err(no_a_label)?
    };
    let domain = Domain::parse(&ascii)?;
    let notice = typed.notice(&domain);
    Ok((domain, notice))
}

/// What stands in a file, or on standard input where it is called `-`; nothing where that has more than `most` octets. What
/// never ends is not read further than that.
///
/// # Errors
/// It cannot be read.
pub fn bounded(file: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let limit = most.saturating_add(1);
    if file == Path::new("-") {
        io::stdin().take(limit).read_to_end(&mut bytes)?;
    } else {
        File::open(file)?.take(limit).read_to_end(&mut bytes)?;
    }
    Ok(u64::try_from(bytes.len()).is_ok_and(|length| length <= most).then_some(bytes))
}

#[cfg(all(test, feature = "network"))]
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
