//! The command that repeats a step by hand, safe to paste into a shell.

use std::net::{IpAddr, SocketAddr};

use crate::evidence::{Hello, Step};
use crate::name::{Domain, Host};

/// What a browser says of itself: sent by [`Step::PolicyAsBrowser`] alone, by everything else our own name.
pub const BROWSER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

const CURL: &str = "curl --include --max-redirs 0 --max-time 60";

/// The `dig`, `curl` or `openssl` command that does what the step does.
#[must_use]
pub fn by_hand(step: &Step) -> String {
    match step {
        // -q and -t, so that a name that begins with a dash is no option.
        Step::Dns { name, rrtype, cd } => {
            let cd = if *cd { " +cdflag" } else { "" };
            format!("dig +dnssec{cd} -t {rrtype} -q {}", quote(&format!("{name}.")))
        }
        Step::Policy { domain } => format!("{CURL} {}", quote(&domain.policy_url())),
        Step::PolicyAddress { domain, address } => {
            let address = match address {
                IpAddr::V4(address) => address.to_string(),
                IpAddr::V6(address) => format!("[{address}]"),
            };
            let resolve = quote(&format!("{}:443:{address}", domain.policy_host()));
            format!("{CURL} --resolve {resolve} {}", quote(&domain.policy_url()))
        }
        Step::PolicyAsBrowser { domain } => {
            format!("{CURL} --user-agent {} {}", quote(BROWSER_AGENT), quote(&domain.policy_url()))
        }
        Step::Smtp { host, address, .. } => {
            let host = quote(host.as_str());
            s_client(*address, &format!("-servername {host} -verify_hostname {host}"))
        }
        Step::Tls { host, address, hello, .. } => {
            let host = quote(host.as_str());
            s_client(
                *address,
                &match hello {
                    Hello::Nameless => format!("-noservername -verify_hostname {host}"),
                    Hello::Tls12 => format!("-servername {host} -verify_hostname {host} -tls1_2"),
                    Hello::Old => format!("-servername {host} -tls1_1 -cipher 'ALL:@SECLEVEL=0'"),
                },
            )
        }
    }
}

fn s_client(address: IpAddr, options: &str) -> String {
    let at = quote(&SocketAddr::new(address, 25).to_string());
    format!("openssl s_client -starttls smtp -crlf -connect {at} {options}")
}

/// The command that checks the whole domain from a terminal.
#[must_use]
pub fn check(domain: &Domain) -> String {
    format!("mta-sts check {domain}{}", zoo(domain.as_str()))
}

/// The command that probes a mail host from a terminal.
#[must_use]
pub fn probe(host: &Host) -> String {
    format!("mta-sts probe {}{}", quote(host.as_str()), zoo(host.as_str()))
}

/// Test domains live inside the process that checks them; nobody else can have names in .test.
fn zoo(name: &str) -> &'static str {
    if name.ends_with(".zoo.test") { " --zoo" } else { "" }
}

/// Quotes for a POSIX shell, where the text needs it.
fn quote(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.:/".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::Kind;
    use crate::name::Host;

    #[test]
    fn commands_are_shell_safe() {
        let dns = |name: &str| by_hand(&Step::Dns { name: name.into(), rrtype: Kind::Txt, cd: false });
        assert_eq!(dns("_mta-sts.example.com"), "dig +dnssec -t TXT -q _mta-sts.example.com.");
        assert_eq!(dns("-f/etc/passwd"), "dig +dnssec -t TXT -q -f/etc/passwd.");
        assert_eq!(dns("a;$(reboot)'b"), "dig +dnssec -t TXT -q 'a;$(reboot)'\\''b.'");
        let domain = Domain::parse("example.com").expect("a domain");
        assert_eq!(
            by_hand(&Step::Policy { domain: domain.clone() }),
            "curl --include --max-redirs 0 --max-time 60 https://mta-sts.example.com/.well-known/mta-sts.txt"
        );
        let address = "2001:db8::1".parse().expect("an address");
        assert_eq!(
            by_hand(&Step::PolicyAddress { domain: domain.clone(), address }),
            "curl --include --max-redirs 0 --max-time 60 --resolve 'mta-sts.example.com:443:[2001:db8::1]' https://mta-sts.example.com/.well-known/mta-sts.txt"
        );
        assert_eq!(
            by_hand(&Step::Smtp { domain, host: Host::new("a b"), address }),
            "openssl s_client -starttls smtp -crlf -connect '[2001:db8::1]:25' -servername 'a b' -verify_hostname 'a b'"
        );
    }
}
