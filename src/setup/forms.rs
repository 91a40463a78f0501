//! The records in the forms that DNS servers, services and tools take.

use serde::Serialize;

use super::{SetUp, Txt};
use crate::name::Domain;
use crate::say::form;

/// A form of the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// For a web form: name, type, TTL and value, each on its own.
    Plain,
    /// Lines with whole names, for any zone file (RFC 1035 §5).
    ZoneFile,
    /// The same under an `$ORIGIN`, as BIND's files mostly have it.
    Bind,
    /// A change batch of Amazon Route 53.
    Route53,
    /// Terraform, for Route 53.
    Terraform,
    /// A zone of octoDNS.
    OctoDns,
    /// A domain of dnscontrol.
    DnsControl,
}

/// Most octets of one string of a TXT record (RFC 1035 §3.3.14); a longer text is several strings.
const STRING: usize = 255;

impl Form {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Plain,
        Self::ZoneFile,
        Self::Bind,
        Self::Route53,
        Self::Terraform,
        Self::OctoDns,
        Self::DnsControl,
    ];

    /// What it is called, in English.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => form!("Plain, for a web form"),
            Self::ZoneFile => form!("Zone file"),
            Self::Bind => "BIND",
            Self::Route53 => "Amazon Route 53",
            Self::Terraform => "Terraform (Route 53)",
            Self::OctoDns => "octoDNS",
            Self::DnsControl => "dnscontrol",
        }
    }

    /// The word for it in commands and data.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::ZoneFile => "zone-file",
            Self::Bind => "bind",
            Self::Route53 => "route53",
            Self::Terraform => "terraform",
            Self::OctoDns => "octodns",
            Self::DnsControl => "dnscontrol",
        }
    }

    /// The file it is written to. octoDNS knows a zone by the name of its file.
    #[must_use]
    pub fn file_name(self, domain: &Domain) -> String {
        match self {
            Self::Plain => "plain.txt".to_owned(),
            Self::ZoneFile => "zone-file.txt".to_owned(),
            Self::Bind => "bind.zone".to_owned(),
            Self::Route53 => "route53.json".to_owned(),
            Self::Terraform => "terraform.tf".to_owned(),
            Self::OctoDns => format!("octodns/{domain}.yaml"),
            Self::DnsControl => "dnsconfig.js".to_owned(),
        }
    }

    /// The records of a set-up in this form. None of their texts has a quotation mark or a backslash: they were read again by
    /// the grammars of the RFCs, which have neither.
    #[must_use]
    pub fn write(self, setup: &SetUp) -> String {
        let SetUp { domain, records, ttl, .. } = setup;
        let lines = |line: &dyn Fn(&Txt) -> String| records.iter().map(line).collect::<String>();
        match self {
            Self::Plain => {
                let record = |record: &Txt| {
                    format!("Name:  {}\nType:  TXT\nTTL:   {ttl}\nValue: {}\n\n", record.name, record.text)
                };
                lines(&record).trim_end().to_owned() + "\n"
            }
            Self::ZoneFile => {
                lines(&|record| format!("{}. {ttl} IN TXT {}\n", record.name, quoted(&record.text)))
            }
            Self::Bind => {
                let record =
                    |record: &Txt| format!("{:<12} {ttl} IN TXT {}\n", record.label, quoted(&record.text));
                format!(
                    "; Into the zone, and the serial number of its SOA record goes up by one.\n$ORIGIN {domain}.\n{}",
                    lines(&record)
                )
            }
            Self::Route53 => route53(setup),
            Self::Terraform => {
                let head = format!(
                    "# The hosted zone, by its id: terraform plan -var zone_id=Z0123456789ABCDEFGHIJ\nvariable \"zone_id\" {{\n  description = \"The hosted zone of {domain}\"\n  type        = string\n}}\n"
                );
                let record = |record: &Txt| {
                    format!(
                        "\nresource \"aws_route53_record\" \"{}\" {{\n  zone_id = var.zone_id\n  name    = \"{}\"\n  type    = \"TXT\"\n  ttl     = {ttl}\n  records = [\"{}\"]\n}}\n",
                        record.label.trim_start_matches('_').replace("._", "_").replace('-', "_"),
                        record.name,
                        strings(&record.text).join("\\\"\\\""),
                    )
                };
                head + &lines(&record)
            }
            Self::OctoDns => {
                let record = |record: &Txt| {
                    format!(
                        "{}:\n  ttl: {ttl}\n  type: TXT\n  value: '{}'\n",
                        record.label,
                        record.text.replace(';', "\\;").replace('\'', "''")
                    )
                };
                format!(
                    "---\n# For a YamlProvider with `escaped_semicolons: true`, which is the default before octoDNS 2.0: later ones want it said, or no backslashes.\n{}",
                    lines(&record)
                )
            }
            Self::DnsControl => {
                let record =
                    |record: &Txt| format!("  TXT(\"{}\", \"{}\", TTL({ttl})),\n", record.label, record.text);
                let name = domain.as_str();
                format!(
                    "// Beside the domain's own D(): D_EXTEND adds to it. dnscontrol splits long texts by itself.\nD_EXTEND(\"{name}\",\n{});\n",
                    lines(&record).trim_end().trim_end_matches(',').to_owned() + "\n"
                )
            }
        }
    }
}

/// The strings of a TXT record.
fn strings(text: &str) -> Vec<String> {
    // ASCII alone, as the grammars have it; others would be cut between characters.
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(STRING).map(|part| part.iter().collect()).collect()
}

/// The strings, each in quotation marks.
fn quoted(text: &str) -> String {
    strings(text).iter().map(|string| format!("\"{string}\"")).collect::<Vec<_>>().join(" ")
}

fn route53(setup: &SetUp) -> String {
    let changes: Vec<String> = setup
        .records
        .iter()
        .map(|record| {
            format!(
                "    {{\n      \"Action\": \"UPSERT\",\n      \"ResourceRecordSet\": {{\n        \"Name\": \"{}.\",\n        \"Type\": \"TXT\",\n        \"TTL\": {},\n        \"ResourceRecords\": [{{ \"Value\": \"{}\" }}]\n      }}\n    }}",
                record.name,
                setup.ttl,
                quoted(&record.text).replace('"', "\\\""),
            )
        })
        .collect();
    format!(
        "{{\n  \"Comment\": \"MTA-STS for {}\",\n  \"Changes\": [\n{}\n  ]\n}}\n",
        setup.domain,
        changes.join(",\n")
    )
}
