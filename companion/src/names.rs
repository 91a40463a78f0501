//! What the engine asks of names and has no tables for: A-labels (IDNA) and the public suffix list.

use mta_sts::{Names, PolicyDoc};

/// What is known of the names in a policy.
#[must_use]
pub fn of(doc: &PolicyDoc<'_>) -> Names {
    let a_label = |name: String| idna::domain_to_ascii_strict(&name).ok().map(|ascii| (name, ascii));
    let wildcards = doc.wildcard_names();
    // Without a wildcard nobody asks for the list.
    let suffixes = || wildcards.iter().filter(|name| is_public_suffix(name)).cloned().collect();
    Names {
        a_labels: doc.unicode_names().into_iter().filter_map(a_label).collect(),
        public_suffixes: (!wildcards.is_empty()).then(suffixes),
    }
}

/// Whether anybody can register names under `name`. A top-level domain that the list does not have is one, too.
fn is_public_suffix(name: &str) -> bool {
    psl::suffix_str(name) == Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_by_their_tables() {
        let doc = PolicyDoc::parse(
            "version: STSv1\nmode: none\nmx: *.co.uk\nmx: *.fabrikam.co.uk\nmx: *.uk\nmx: b\u{fc}cher.example\nmax_age: 1\n"
                .as_bytes(),
        );
        let names = of(&doc);
        assert_eq!(names.public_suffixes, Some(vec!["co.uk".to_owned(), "uk".to_owned()]));
        assert_eq!(names.a_label("b\u{fc}cher.example"), Some("xn--bcher-kva.example"));
        assert!(of(&PolicyDoc::parse(b"mx: a.example")).is_empty());
    }
}
