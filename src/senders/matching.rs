//! Whether a sender takes a pattern for a host.

use std::collections::BTreeSet;

use crate::name::{Host, MxPattern};
use crate::say::form;

/// How patterns are compared with hosts (RFC 8461 §4.1).
#[derive(Clone, Copy, Debug)]
pub(super) enum Matching {
    /// As the RFC says; what is no pattern matches nothing.
    Strict,
    /// Whatever stands in the policy is compared.
    Loose {
        wildcard: Wildcard,
        /// Final dots that do not count.
        final_dots: Dots,
    },
}

/// What `*.` in front stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wildcard {
    /// One label.
    Label,
    /// One label, and no host that has a `*` in its name matches anything.
    StarlessLabel,
    /// One label of letters, digits and hyphens.
    HyphenLabel,
    /// One label or more: Postfix is given the name with its dot, and takes every name under it.
    Labels,
    /// As `Labels`, and every `*` in front goes, a dot behind it or not.
    StarsOff,
}

/// How many dots at the end of a name do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dots {
    None,
    One,
    All,
}

impl Matching {
    /// What `*.` in front stands for, where that is not what the RFC says.
    pub(super) const fn of_wildcards(self) -> Option<&'static str> {
        match self {
            Self::Loose { wildcard: Wildcard::Labels | Wildcard::StarsOff, .. } => {
                Some(form!("`*.` stands for one label or more"))
            }
            Self::Loose { wildcard: Wildcard::HyphenLabel, .. } => {
                Some(form!("`*.` stands for a label of letters, digits and hyphens"))
            }
            Self::Strict | Self::Loose { .. } => None,
        }
    }

    fn dotless(self, name: &str) -> &str {
        match self {
            Self::Loose { final_dots: Dots::One, .. } => name.strip_suffix('.').unwrap_or(name),
            Self::Loose { final_dots: Dots::All, .. } => name.trim_end_matches('.'),
            _ => name,
        }
    }

    const fn wildcard(self) -> Wildcard {
        match self {
            Self::Strict => Wildcard::Label,
            Self::Loose { wildcard, .. } => wildcard,
        }
    }
}

/// The patterns of a policy as a sender compares them: sorted, so that thousands of hosts are looked up in thousands of
/// patterns.
pub(super) struct Patterns {
    matching: Matching,
    names: BTreeSet<String>,
    /// What stands behind the `*`, the dot included.
    suffixes: BTreeSet<String>,
}

impl Patterns {
    pub(super) fn of<'p>(matching: Matching, patterns: impl IntoIterator<Item = &'p str>) -> Self {
        let mut read = Self { matching, names: BTreeSet::new(), suffixes: BTreeSet::new() };
        for pattern in patterns {
            if matches!(matching, Matching::Strict) && MxPattern::parse(pattern.as_bytes()).is_err() {
                continue;
            }
            let pattern = pattern.to_ascii_lowercase();
            let pattern = matching.dotless(&pattern);
            let starless = match matching.wildcard() {
                Wildcard::StarsOff => Some(pattern.trim_start_matches('*')),
                _ => pattern.strip_prefix('*'),
            };
            match starless {
                Some(suffix) if suffix.starts_with('.') => read.suffixes.insert(suffix.to_owned()),
                Some(name) if matching.wildcard() == Wildcard::StarsOff => read.names.insert(name.to_owned()),
                _ => read.names.insert(pattern.to_owned()),
            };
        }
        read
    }

    pub(super) fn admit(&self, host: &Host) -> bool {
        if matches!(self.matching, Matching::Strict) {
            // As MxPattern::matches does.
            let under = |(first, rest): (&str, &str)| {
                !matches!(first, "" | "*") && self.suffixes.contains(&format!(".{rest}"))
            };
            return self.names.contains(host.as_str()) || host.split_first().is_some_and(under);
        }
        let host = self.matching.dotless(host.as_str());
        let wildcard = self.matching.wildcard();
        if host.is_empty() || wildcard == Wildcard::StarlessLabel && host.contains('*') {
            return false;
        }
        let fits = |head: &str| {
            !head.is_empty()
                && match wildcard {
                    Wildcard::Label | Wildcard::StarlessLabel => !head.contains('.'),
                    Wildcard::HyphenLabel => head.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
                    Wildcard::Labels | Wildcard::StarsOff => true,
                }
        };
        let mut cuts = host.match_indices('.').map(|(at, _)| host.split_at(at));
        self.names.contains(host) || cuts.any(|(head, suffix)| fits(head) && self.suffixes.contains(suffix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_is_what_each_sender_makes_of_it() {
        let loose = |wildcard, final_dots| Matching::Loose { wildcard, final_dots };
        let readers = [
            Matching::Strict,
            loose(Wildcard::StarlessLabel, Dots::One),
            loose(Wildcard::HyphenLabel, Dots::None),
            loose(Wildcard::Labels, Dots::None),
            loose(Wildcard::StarsOff, Dots::None),
        ];
        for (pattern, host, wanted) in [
            ("mx.example.com", "MX.example.com", [true; 5]),
            ("*.example.com", "mx.example.com", [true; 5]),
            ("*.example.com", "example.com", [false; 5]),
            ("*.example.com", "badexample.com", [false; 5]),
            ("*.example.com", "a.b.example.com", [false, false, false, true, true]),
            ("*.example.com", "m_x.example.com", [true, true, false, true, true]),
            ("mx.example.com.", "mx.example.com", [false, true, false, false, false]),
            ("*mx.example.com", "mx.example.com", [false, false, false, false, true]),
            ("**.example.com", "mx.example.com", [false, false, false, false, true]),
            (".example.com", "mx.example.com", [false, false, false, false, true]),
            ("*.example.com", "*.example.com", [false, false, false, true, true]),
        ] {
            let host = Host::new(host);
            assert_eq!(
                readers.map(|reader| Patterns::of(reader, [pattern]).admit(&host)),
                wanted,
                "{pattern} {host}"
            );
        }
    }
}
