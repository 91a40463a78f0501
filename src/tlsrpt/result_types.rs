//! What failed, in the words of RFC 8460 §4.3: what each means for the mail, and who can do something about it.

use serde::Serialize;

use crate::say::{filled, form, say};

/// Who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// Whoever runs the MX host.
    MailHost,
    /// Whoever runs the policy host and the MTA-STS record.
    PolicyHost,
    /// Whoever runs the domain's DNS.
    Dns,
    /// Whoever knows first: the MX host's side or the sender's.
    Either,
}

impl Actor {
    /// Who that is, in words.
    #[must_use]
    pub fn said(self) -> String {
        match self {
            Self::MailHost => say!("whoever runs the mail host"),
            Self::PolicyHost => say!("whoever runs the policy host"),
            Self::Dns => say!("whoever runs the DNS of the domain or of its mail hosts"),
            Self::Either => say!("whoever runs the mail host; the sender may know more"),
        }
    }
}

/// A result-type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultType {
    /// Its name.
    pub name: &'static str,
    /// Whether it is about the policy, so that no MX host has a part in it.
    pub of_policy: bool,
    /// Who has to act.
    pub actor: Actor,
    /// What it means.
    means: &'static str,
    /// What to do.
    act: &'static str,
}

impl ResultType {
    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        RESULT_TYPES.iter().find(|known| known.name == name)
    }

    /// What it means, as a sentence.
    #[must_use]
    pub fn means(&self) -> String {
        filled(self.means, [])
    }

    /// What to do, as a sentence.
    #[must_use]
    pub fn act(&self) -> String {
        filled(self.act, [])
    }
}

/// All of RFC 8460 §4.3.
pub const RESULT_TYPES: [ResultType; 11] = [
    ResultType {
        name: "starttls-not-supported",
        of_policy: false,
        actor: Actor::MailHost,
        means: form!("The MX host did not offer STARTTLS to this sender."),
        act: form!(
            "Switch TLS on at the host for every client, and look for a firewall or filter on the way that takes STARTTLS out of the answer to EHLO."
        ),
    },
    ResultType {
        name: "certificate-host-mismatch",
        of_policy: false,
        actor: Actor::MailHost,
        means: form!("The certificate of the MX host does not name it."),
        act: form!(
            "Get a certificate that names the MX host as the MX record has it, or change MX record and policy to a name that the certificate has."
        ),
    },
    ResultType {
        name: "certificate-expired",
        of_policy: false,
        actor: Actor::MailHost,
        means: form!("The certificate of the MX host, or one above it, has expired."),
        act: form!(
            "Renew the certificate and let the mail server load it; where it was renewed long ago, look for an address of the host that still shows the old one."
        ),
    },
    ResultType {
        name: "certificate-not-trusted",
        of_policy: false,
        actor: Actor::MailHost,
        means: form!(
            "The certificate of the MX host leads to no authority that the sender trusts: it is self-signed, or the intermediate certificate is missing."
        ),
        act: form!("Let the mail server show the whole chain, from an authority that others trust."),
    },
    ResultType {
        name: "validation-failure",
        of_policy: false,
        actor: Actor::Either,
        means: form!("The TLS session failed, for a reason that has no name of its own."),
        act: form!(
            "Check the host; the reason code, where the sender gives one, and the log of the host at that time tell more."
        ),
    },
    ResultType {
        name: "tlsa-invalid",
        of_policy: false,
        actor: Actor::Dns,
        means: form!(
            "No TLSA record of the MX host fits its certificate, or none of them can be used (DANE)."
        ),
        act: form!(
            "Publish the TLSA record of the certificate that the host shows; at a change of keys, before the host shows the new one (RFC 7671 §8.1)."
        ),
    },
    ResultType {
        name: "dnssec-invalid",
        of_policy: false,
        actor: Actor::Dns,
        means: form!(
            "DNSSEC of the domain or of the MX host does not verify, so the sender could not trust what DNS says."
        ),
        act: form!("Repair the signatures of the zone, and the DS record above it."),
    },
    ResultType {
        name: "dane-required",
        of_policy: false,
        actor: Actor::Dns,
        means: form!(
            "The sender delivers to this domain by DANE alone, and no MX host had TLSA records that can be used."
        ),
        act: form!("Publish TLSA records in a signed zone, or ask the sender not to require DANE."),
    },
    ResultType {
        name: "sts-policy-fetch-error",
        of_policy: true,
        actor: Actor::PolicyHost,
        means: form!("The sender found the MTA-STS record and could not fetch the policy."),
        act: form!(
            "Check the policy host: it has to answer over HTTPS at every address, without a redirect, whoever asks."
        ),
    },
    ResultType {
        name: "sts-policy-invalid",
        of_policy: true,
        actor: Actor::PolicyHost,
        means: form!("The policy was fetched and cannot be used."),
        act: form!("Check the domain: the findings say which line of the policy is wrong."),
    },
    ResultType {
        name: "sts-webpki-invalid",
        of_policy: true,
        actor: Actor::PolicyHost,
        means: form!("The certificate of the policy host does not verify."),
        act: form!(
            "Get a certificate for the policy host that others trust, and let it show the whole chain."
        ),
    },
];
