//! Texts that are IP addresses (RFC 3986 §3.2.2). The parsers of the standard library make the address as well, and
//! are ten times the code, in what a page loads to lint; a test holds the two against each other.

/// `IPv4address = dec-octet "." dec-octet "." dec-octet "." dec-octet`, without leading zeros
pub(crate) fn is_ipv4(text: &[u8]) -> bool {
    let octet = |digits: &[u8]| match digits {
        [b'0'..=b'9'] => true,
        [b'1'..=b'9', rest @ ..] if rest.len() < 3 && rest.iter().all(u8::is_ascii_digit) => {
            digits.len() < 3 || digits <= b"255".as_slice()
        }
        _ => false,
    };
    let mut octets = 0;
    text.split(|b| *b == b'.').all(|digits| {
        octets += 1;
        octet(digits)
    }) && octets == 4
}

/// `IPv6address`: eight groups of up to four hexadecimal digits; `::` stands for one or more that are zero, and an
/// IPv4 address for the last two.
pub(crate) fn is_ipv6(text: &[u8]) -> bool {
    match text.windows(2).position(|two| two == b"::") {
        None => groups(text, true) == Some(8),
        Some(at) => {
            let (left, right) = (text.get(..at).unwrap_or_default(), text.get(at + 2..).unwrap_or_default());
            let count = |part: &[u8], last| if part.is_empty() { Some(0) } else { groups(part, last) };
            count(left, false).zip(count(right, true)).is_some_and(|(left, right)| left + right < 8)
        }
    }
}

/// How many groups of an IPv6 address `text` is; `last` where an IPv4 address may stand at its end.
fn groups(text: &[u8], last: bool) -> Option<usize> {
    let mut count = 0;
    let mut rest = Some(text);
    while let Some(text) = rest {
        let colon = text.iter().position(|b| *b == b':');
        let group = text.get(..colon.unwrap_or(text.len()))?;
        rest = colon.and_then(|at| text.get(at + 1..));
        count += match group.len() {
            1..=4 if group.iter().all(u8::is_ascii_hexdigit) => 1,
            _ if last && rest.is_none() && is_ipv4(group) => 2,
            _ => return None,
        };
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    /// Every text of up to `length` of `parts`, one behind the other.
    fn each_of(parts: &[&str], length: u32, tried: &mut dyn FnMut(&str)) {
        let count = parts.len();
        for number in 0..count.pow(length) {
            let digits = (0..length).scan(number, |left, _| {
                let part = *left % count;
                *left /= count;
                Some(parts[part])
            });
            tried(&digits.collect::<String>());
        }
    }

    #[test]
    fn addresses_are_those_of_the_standard_library() {
        let mut found = (0, 0);
        let mut tried = |text: &str| {
            let (four, six) = (text.parse::<Ipv4Addr>().is_ok(), text.parse::<Ipv6Addr>().is_ok());
            assert_eq!(is_ipv4(text.as_bytes()), four, "{text}");
            assert_eq!(is_ipv6(text.as_bytes()), six, "{text}");
            found = (found.0 + usize::from(four), found.1 + usize::from(six));
        };
        each_of(&["", "1.", "25", "5.", "0", "6", "1"], 7, &mut tried);
        each_of(&["", ":", "::", "1:", "ab:c", "f:1:2:3", "10.0.0.255"], 6, &mut tried);
        each_of(&["", ":", "12345", "g", "1:2", "1.2.3.4", ":1"], 6, &mut tried);
        assert!(found.0 > 100 && found.1 > 1000, "{found:?}");
    }
}
