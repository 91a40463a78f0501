//! Mail providers, known by the names of their MX hosts: what their guides say about MTA-STS, and what has to be known of them.
//!
//! A policy lists the domain's own MX names, as DNS has them; a provider's wider pattern is an offer, and only where its own guide makes it.
//! Every row says where it was read. Names of hosts alone, without advice, are from lists that others keep.

use crate::name::Host;
use crate::say::form;

/// A provider whose MX hosts are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provider {
    /// What it is called.
    pub name: &'static str,
    /// What it does with the mail.
    pub does: Does,
    /// Its MX hosts: labels from the front, `*` for any one label, and a dot in front for any number of labels.
    pub hosts: &'static [&'static str],
    /// The `mx` pattern that its own guide gives to customers, where that is wider than their hosts.
    pub pattern: Option<&'static str>,
    /// What has to be known, in one or two English sentences; empty where nothing has to be.
    pub note: &'static str,
    /// Where that was read.
    pub source: &'static str,
}

/// What a provider does with the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// It keeps the mailboxes.
    Mailboxes,
    /// It keeps the mailboxes, and serves the policies of its customers' domains.
    MailboxesAndPolicy,
    /// It filters mail in front of somebody else's mailboxes.
    Filters,
    /// It sends mail on to mailboxes elsewhere.
    Forwards,
    /// It takes no mail: the MX record proves that a domain is somebody's.
    Nothing,
}

impl Provider {
    /// The provider of an MX host, where it is known.
    #[must_use]
    pub fn of(host: &Host) -> Option<&'static Self> {
        PROVIDERS.iter().find(|provider| provider.hosts.iter().any(|pattern| fits(pattern, host.as_str())))
    }
}

/// Whether a host is meant by a pattern of this table.
fn fits(pattern: &str, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    if pattern.starts_with('.') {
        return host.strip_suffix(pattern).is_some_and(|front| !front.is_empty());
    }
    let mut labels = host.split('.');
    pattern.split('.').all(|wanted| labels.next().is_some_and(|label| wanted == "*" || wanted == label))
        && labels.next().is_none()
}

const MICROSOFT: &str = "https://learn.microsoft.com/purview/enhancing-mail-flow-with-mta-sts (MicrosoftDocs/microsoft-365-docs@0cf8685)";
const PS_MTA_STS: &str = "https://github.com/jklotzsche-msft/PS.MTA-STS/pull/33 and docs/faq.md@c9c4e61";
const MXSNIFF: &str = "names of hosts: https://github.com/jace/mxsniff mxsniff/providers.py@01d9f86";
const FILTER: &str = "https://learn.microsoft.com/purview/enhancing-mail-flow-with-mta-sts (MicrosoftDocs/microsoft-365-docs@0cf8685), of any service in front";
const PER_CUSTOMER: &str = form!("The names differ from customer to customer.");

/// A row without advice of the provider's own.
const fn known(
    name: &'static str,
    does: Does,
    hosts: &'static [&'static str],
    source: &'static str,
) -> Provider {
    Provider { name, does, hosts, pattern: None, note: "", source }
}

const fn filter(name: &'static str, hosts: &'static [&'static str], note: &'static str) -> Provider {
    Provider { name, does: Does::Filters, hosts, pattern: None, note, source: FILTER }
}

/// The providers, those whose patterns are narrower before those whose patterns would take their hosts as well.
pub static PROVIDERS: &[Provider] = &[
    Provider {
        name: "Microsoft 365",
        does: Does::Mailboxes,
        hosts: &[".mail.protection.outlook.com"],
        pattern: Some("*.mail.protection.outlook.com"),
        note: form!(
            "Microsoft's guide gives `mx: *.mail.protection.outlook.com`. That admits the host of every tenant, not only yours; the name that your MX record has is narrower and does the same."
        ),
        source: MICROSOFT,
    },
    Provider {
        name: "Microsoft 365 with DNSSEC",
        does: Does::Mailboxes,
        hosts: &["*.*.mx.microsoft"],
        pattern: None,
        note: form!(
            "A `*` stands for one label, so `*.mx.microsoft` admits none of these hosts. While you move here from `mail.protection.outlook.com`, list both names."
        ),
        source: PS_MTA_STS,
    },
    known(
        "Microsoft 365 GCC High",
        Does::Mailboxes,
        &[".mail.protection.office365.us"],
        "https://learn.microsoft.com/microsoft-365/admin/dns/dns-records-for-office-365-gcc-high",
    ),
    known(
        "Microsoft 365 operated by 21Vianet",
        Does::Mailboxes,
        &[".mail.protection.partner.outlook.cn"],
        "OfficeDocs, DNS records at Chinese registrars",
    ),
    Provider {
        name: "Google Workspace",
        does: Does::Nothing,
        hosts: &[".mx-verification.google.com"],
        pattern: None,
        note: form!(
            "This MX record proved to Google that the domain is yours, and takes no mail. It is left out; delete the record."
        ),
        source: "a policy that lists one, seen in the field (corpus 4ec09f8ca0fa)",
    },
    Provider {
        name: "Google Workspace",
        does: Does::Mailboxes,
        hosts: &["smtp.google.com"],
        pattern: None,
        note: form!(
            "One host since 2023. Where the domain had `aspmx.l.google.com` and its alternatives before, senders with an older policy know only those."
        ),
        source: "https://support.google.com/a/answer/174125 and https://support.google.com/a/answer/9276511",
    },
    Provider {
        name: "Google Workspace",
        does: Does::Mailboxes,
        hosts: &["aspmx.l.google.com", ".aspmx.l.google.com", ".googlemail.com"],
        pattern: None,
        note: form!(
            "`*.aspmx.l.google.com` does not admit `aspmx.l.google.com` itself, and `*.google.com` admits none of them."
        ),
        source: "https://support.google.com/a/answer/9276511; names of hosts: https://github.com/jace/mxsniff mxsniff/providers.py@01d9f86",
    },
    known("Fastmail", Does::Mailboxes, &[".messagingengine.com"], MXSNIFF),
    Provider {
        name: "Proton Mail",
        does: Does::Mailboxes,
        hosts: &["mail.protonmail.ch", "mailsec.protonmail.ch"],
        pattern: None,
        note: form!("Proton hosts no policy for customers' domains; theirs lists the same two hosts."),
        source: "https://github.com/PrivSec-dev/privsec.dev “Setting up MTA-STS with a custom domain on Proton Mail” @0cad31f",
    },
    Provider {
        name: "Zoho Mail",
        does: Does::Mailboxes,
        hosts: &[
            "mx.zoho.com",
            "mx2.zoho.com",
            "mx3.zoho.com",
            "mx.zoho.eu",
            "mx2.zoho.eu",
            "mx3.zoho.eu",
            "mx.zoho.in",
            "mx2.zoho.in",
            "mx3.zoho.in",
            ".zohomail.com",
        ],
        pattern: None,
        note: form!(
            "Zoho's admin console has a policy file to download (Advanced security configuration); it lists the hosts of the account's data centre."
        ),
        source: "https://www.zoho.com/mail/help/adminconsole/advanced-security-configuration.html",
    },
    known(
        "mailbox.org",
        Does::Mailboxes,
        &[".mailbox.org"],
        "https://kb.mailbox.org/en/private/custom-domains/using-e-mails-with-a-custom-domain",
    ),
    known("iCloud Mail", Does::Mailboxes, &[".mail.icloud.com"], MXSNIFF),
    known("Migadu", Does::Mailboxes, &[".migadu.com"], MXSNIFF),
    Provider {
        name: "Tuta",
        does: Does::MailboxesAndPolicy,
        hosts: &["mail.tutanota.de"],
        pattern: None,
        note: form!(
            "Tuta hosts the policy itself: make `_mta-sts` and `mta-sts` of your domain aliases (CNAME) for `mta-sts.tutanota.de`, and publish none of these files."
        ),
        source: "https://tuta.com/blog/tutanota-letsencrypt-launch-mta-sts-tls",
    },
    Provider {
        name: "Amazon SES",
        does: Does::Mailboxes,
        hosts: &["inbound-smtp.*.amazonaws.com"],
        pattern: None,
        note: form!(
            "A `*` stands for one label, so `*.amazonaws.com` does not admit it, and would be anybody's."
        ),
        source: MXSNIFF,
    },
    Provider {
        name: "Cloudflare Email Routing",
        does: Does::Forwards,
        hosts: &["route1.mx.cloudflare.net", "route2.mx.cloudflare.net", "route3.mx.cloudflare.net"],
        pattern: Some("*.mx.cloudflare.net"),
        note: form!(
            "Cloudflare's guide has `_mta-sts` as an alias (CNAME) for `_mta-sts.mx.cloudflare.net` and a Worker that passes on its policy, `mx: *.mx.cloudflare.net`; then the id changes with the policy by itself."
        ),
        source: "https://developers.cloudflare.com/email-routing/setup/mta-sts/ (cloudflare/cloudflare-docs@1306d84)",
    },
    known("Namecheap Private Email", Does::Mailboxes, &[".privateemail.com"], MXSNIFF),
    known("OVHcloud", Does::Mailboxes, &[".ovh.net"], MXSNIFF),
    Provider {
        name: "Gandi",
        does: Does::Mailboxes,
        hosts: &[".mail.gandi.net"],
        pattern: None,
        note: form!(
            "`fb.mail.gandi.net` keeps mail while the other is away, so it has to be listed as well."
        ),
        source: MXSNIFF,
    },
    known(
        "IONOS",
        Does::Mailboxes,
        &[
            ".ionos.com",
            ".ionos.de",
            ".ionos.co.uk",
            ".ionos.es",
            ".ionos.fr",
            ".ionos.it",
            ".kundenserver.de",
            ".1and1.com",
            ".1and1.co.uk",
            ".1and1.fr",
        ],
        MXSNIFF,
    ),
    known("Yandex 360", Does::Mailboxes, &["mx.yandex.net", "mx.yandex.ru"], MXSNIFF),
    known("Rackspace Email", Does::Mailboxes, &[".emailsrvr.com"], MXSNIFF),
    known(
        "Hostinger",
        Does::Mailboxes,
        &["mx1.hostinger.com", "mx2.hostinger.com", ".hostinger.in"],
        MXSNIFF,
    ),
    known("Mailgun", Does::Forwards, &[".mailgun.org"], MXSNIFF),
    Provider {
        name: "ImprovMX",
        does: Does::Forwards,
        hosts: &["mx1.improvmx.com", "mx2.improvmx.com"],
        pattern: None,
        note: form!("It sends mail on: the policy covers the way to it and not the way from it."),
        source: "a customer\'s policy, seen in the field (corpus 5ce87fab3192)",
    },
    Provider {
        name: "Forward Email",
        does: Does::Forwards,
        hosts: &["mx1.forwardemail.net", "mx2.forwardemail.net"],
        pattern: None,
        note: form!("It sends mail on: the policy covers the way to it and not the way from it."),
        source: "a customer\'s policy, seen in the field (corpus 2ab7b07a3101)",
    },
    Provider {
        name: "Tucows hosted email",
        does: Does::Mailboxes,
        hosts: &[".hostedemail.com"],
        pattern: None,
        note: form!(
            "Every domain has a host of its own, several labels deep: no pattern with a `*` admits it, only the name itself."
        ),
        source: "https://www.mail-archive.com/postfix-devel@postfix.org/msg00869.html",
    },
    filter("Proofpoint Essentials", &[".ppe-hosted.com"], form!("The region is part of the names.")),
    filter(
        "Proofpoint",
        &[".pphosted.com"],
        form!("`*.pphosted.com` does not admit hosts under `gslb.pphosted.com`."),
    ),
    filter(
        "Mimecast",
        &[".mimecast.com", ".mimecast.co.za", ".mimecast-offshore.com"],
        form!("The region is part of the names."),
    ),
    filter("Barracuda Email Gateway Defense", &[".ess.barracudanetworks.com"], PER_CUSTOMER),
    filter(
        "Cisco Secure Email",
        &[".iphmx.com"],
        form!("The hosts have two labels in front, so `*.iphmx.com` does not admit them."),
    ),
    filter(
        "Cisco Secure Email Threat Defense",
        &["mx.*.etd.cisco.com"],
        form!("The region is part of the names."),
    ),
    filter(
        "Cloudflare Email Security",
        &[".mxrecord.io", ".mxrecord.mx", ".cf-emailsecurity.net"],
        form!("The hosts are in several domains, so each has its line."),
    ),
    filter("Hornetsecurity", &[".hornetsecurity.com", ".antispameurope.com"], form!("There are four hosts.")),
    filter("Sophos Email", &[".hydra.sophos.com"], form!("The region is part of the names.")),
    filter(
        "Trend Micro Email Security",
        &[".tmes.trendmicro.com", ".tmes.trendmicro.eu", ".hes.trendmicro.com"],
        PER_CUSTOMER,
    ),
    filter(
        "Symantec Email Security.cloud",
        &[".messagelabs.com", ".inboundmx.com"],
        form!("There is a second host for when the first is away; `*.messagelabs.com` admits neither."),
    ),
    filter(
        "N-able Mail Assure (SpamExperts)",
        &["mx.spamexperts.com", "fallbackmx.spamexperts.eu", "lastmx.spamexperts.net", ".antispamcloud.com"],
        form!("The hosts are in three domains, so each has its line."),
    ),
    filter(
        "Forcepoint Email Security Cloud",
        &[".mailcontrol.com"],
        form!("The hosts have two labels in front, so `*.mailcontrol.com` does not admit them."),
    ),
    filter("Retarus", &[".retarus.com"], PER_CUSTOMER),
    filter("NoSpamProxy Cloud", &[".cloud.nospamproxy.com"], PER_CUSTOMER),
    filter("Vade Cloud", &[".cloud.vadesecure.com"], form!("There are four hosts.")),
    filter(
        "Trellix Email Security",
        &[".email.fireeyecloud.com"],
        form!("How many labels stand in front differs."),
    ),
    filter("Libraesva", &[".esvacloud.com"], PER_CUSTOMER),
    filter("MailRoute", &["mail.mailroute.net"], ""),
    filter(
        "AppRiver",
        &[".arsmtp.com"],
        form!("Three or four labels stand in front, so only the names themselves can be listed."),
    ),
    filter("SiteGround's filter", &[".mailspamprotection.com"], ""),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::MxPattern;

    #[test]
    fn hosts_are_known_by_their_labels() {
        for (host, name) in [
            ("example-com.mail.protection.outlook.com", Some("Microsoft 365")),
            ("EXAMPLE-com.mail.protection.outlook.com", Some("Microsoft 365")),
            ("example-com.a-v1.mx.microsoft", Some("Microsoft 365 with DNSSEC")),
            ("alt1.aspmx.l.google.com", Some("Google Workspace")),
            ("inbound-smtp.eu-west-1.amazonaws.com", Some("Amazon SES")),
            ("a.inbound-smtp.eu-west-1.amazonaws.com", None),
            ("mxa-01.gslb.pphosted.com", Some("Proofpoint")),
            ("mail.protection.outlook.com", None),
            ("evil-smtp.google.com", None),
            ("mx.example.com", None),
        ] {
            assert_eq!(Provider::of(&Host::new(host)).map(|provider| provider.name), name, "{host}");
        }
    }

    #[test]
    fn every_row_has_a_source_and_its_pattern_admits_its_hosts() {
        for provider in PROVIDERS {
            assert!(!provider.source.is_empty() && !provider.hosts.is_empty(), "{}", provider.name);
            let Some(pattern) = provider.pattern else { continue };
            let pattern = MxPattern::parse(pattern.as_bytes()).expect("a pattern");
            for host in provider.hosts {
                let host = format!("{}{host}", if host.starts_with('.') { "example" } else { "" });
                assert!(pattern.matches(&Host::new(&host)), "{pattern} and {host}");
            }
        }
    }
}
