//! Whether a sender takes a pattern for a host.

use crate::name::{Host, MxPattern};

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
    pub(super) fn admits(self, pattern: &str, host: &Host) -> bool {
        let Self::Loose { wildcard, final_dots } = self else {
            return MxPattern::parse(pattern.as_bytes()).is_ok_and(|pattern| pattern.matches(host));
        };
        let dotless = |name: &str| match final_dots {
            Dots::None => name.to_owned(),
            Dots::One => name.strip_suffix('.').unwrap_or(name).to_owned(),
            Dots::All => name.trim_end_matches('.').to_owned(),
        };
        let (pattern, host) = (dotless(&pattern.to_ascii_lowercase()), dotless(host.as_str()));
        if wildcard == Wildcard::StarlessLabel && host.contains('*') {
            return false;
        }
        let suffix = match wildcard {
            Wildcard::StarsOff => Some(pattern.trim_start_matches('*')).filter(|rest| rest.starts_with('.')),
            _ => pattern.strip_prefix('*').filter(|rest| rest.starts_with('.')),
        };
        let Some(suffix) = suffix else {
            let name =
                if wildcard == Wildcard::StarsOff { pattern.trim_start_matches('*') } else { &pattern };
            return !host.is_empty() && name == host;
        };
        host.strip_suffix(suffix).is_some_and(|head| {
            !head.is_empty()
                && match wildcard {
                    Wildcard::Label | Wildcard::StarlessLabel => !head.contains('.'),
                    Wildcard::HyphenLabel => head.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
                    Wildcard::Labels | Wildcard::StarsOff => true,
                }
        })
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
            assert_eq!(readers.map(|reader| reader.admits(pattern, &host)), wanted, "{pattern} {host}");
        }
    }
}
