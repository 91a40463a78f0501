//! What a faulty TXT record was meant to be. As with a policy, a result is read again before it is offered.

use super::meant::{clean_id, is_mailbox, is_version};
use super::mend::brings_none;
use crate::edit::Edit;
use crate::lookalike;
use crate::paste::Pasted;
use crate::record::{RecordDoc, RecordFault, RecordFaultKind as Kind, RecordKind, is_wsp};
use crate::span::{Span, decode_utf16};

/// The edit that mends `fault`, where it is plain what was meant.
pub(super) fn record_edit(doc: &RecordDoc<'_>, fault: &RecordFault) -> Option<Edit> {
    match fault.kind {
        Kind::Empty => None,
        Kind::Utf16 => recoded(doc),
        // The delimiter that is too many, and white space that belongs to none.
        Kind::EmptyField | Kind::TrailingSpace => Some(Edit::delete(fault.span)),
        Kind::Version | Kind::LeadingSpace | Kind::NoDelimiter => settled(doc, fault.kind, begin(doc)?),
        Kind::IdMissing | Kind::RuaMissing if fault.span.is_empty() => None,
        _ => field_edit(doc, fault),
    }
}

/// The edit that writes a text in UTF-16 anew, where a record comes out: as its value, or as the line of a zone file
/// that it was.
fn recoded(doc: &RecordDoc<'_>) -> Option<Edit> {
    let decoded = decode_utf16(doc.text)?;
    let line = decoded.trim_end_matches(['\r', '\n']);
    let text = match Pasted::read(doc.kind, line.as_bytes()) {
        Some(pasted) => {
            let settled = RecordDoc::parse(doc.kind, &pasted.value).is_valid()
                && super::edits_around(&pasted).is_empty();
            settled.then(|| line.to_owned())?
        }
        None => {
            let (mended, _) = super::fix_record(doc.kind, line.as_bytes().to_vec());
            let valid = RecordDoc::parse(doc.kind, &mended).is_valid();
            String::from_utf8(mended).ok().filter(|_| valid)?
        }
    };
    Some(Edit::new(Span::new(0, doc.text.len()), text))
}

/// Longer fields are left alone: each of their faults would be a walk over the whole.
const LONGEST: usize = 2048;

/// The edit that makes another of the field that `fault` stands in.
fn field_edit(doc: &RecordDoc<'_>, fault: &RecordFault) -> Option<Edit> {
    let is_delimiter = |b: &u8| *b == b';';
    let head = doc.text.get(fault.span.start.saturating_sub(LONGEST)..fault.span.start)?;
    let start = fault.span.start - head.iter().rev().position(is_delimiter)?;
    let rest = doc.text.get(start..)?;
    let length = rest.iter().take(LONGEST).position(is_delimiter).unwrap_or(rest.len());
    if length > LONGEST {
        return None;
    }
    let end = start + length;
    let old = doc.text.get(start..end)?;
    let new = mend_field(doc.kind, old)?;
    if new.is_empty() {
        return Some(Edit::delete(with_delimiter(doc, Span::new(start, end))?));
    }
    let alone = |field: &[u8]| -> Vec<Kind> {
        let text = [doc.kind.version().as_bytes(), b";", field].concat();
        let faults = RecordDoc::parse(doc.kind, &text).faults;
        faults
            .iter()
            .map(|fault| fault.kind)
            .filter(|kind| !matches!(kind, Kind::IdMissing | Kind::RuaMissing))
            .collect()
    };
    let (before, after) = (alone(old), alone(new.as_bytes()));
    let cleared = !after.contains(&fault.kind) && brings_none(&before, &after);
    let lead = old.iter().take_while(|b| is_wsp(**b)).count();
    let trail = old.iter().rev().take_while(|b| is_wsp(**b)).count();
    let span = Span::new(start + lead, end - trail.min(old.len() - lead));
    Edit::new(span, new).shrunk(doc.text).filter(|_| cleared)
}

/// A field with the delimiter in front of it and the white space in front of that, so that what stands behind the
/// field, or the end, takes its place.
pub(super) fn with_delimiter(doc: &RecordDoc<'_>, field: Span) -> Option<Span> {
    let before = doc.text.get(..field.start)?;
    let delimiter = before.iter().rposition(|b| *b == b';')?;
    if before.get(..delimiter)?.trim_ascii().is_empty() {
        return None; // where nothing is left there is nothing mended
    }
    let spaces = before.get(..delimiter)?.iter().rev().take_while(|b| b.is_ascii_whitespace()).count();
    // Between two delimiters the white space is the field that is too few.
    let spaces = if before.get(..delimiter - spaces)?.ends_with(b";") { 0 } else { spaces };
    Some(Span::new(delimiter - spaces, field.end))
}

/// The field as it was meant: nothing where it says nothing, `None` where it cannot be told.
fn mend_field(kind: RecordKind, field: &[u8]) -> Option<String> {
    let clean = lookalike::ascii(field);
    let text = match &clean {
        Some(clean) => clean.trim(),
        None => std::str::from_utf8(field).ok()?.trim(),
    };
    let required = kind.required();
    let is_uri =
        |text: &str| ["mailto:", "https:"].iter().any(|scheme| text.to_ascii_lowercase().starts_with(scheme));
    let (name, value) = match text.split_once('=') {
        // A URI without its name may well have an equals sign.
        _ if kind == RecordKind::Tlsrpt && is_uri(text) => (required, text),
        Some(parts) => parts,
        None => text.split_once([':', ' ', '\t']).filter(|(name, _)| name.eq_ignore_ascii_case(required))?,
    };
    let (name, value) = (name.trim().trim_matches(['"', '\'']), value.trim());
    if !name.eq_ignore_ascii_case(required) {
        return Some(if value.is_empty() { String::new() } else { format!("{name}={value}") });
    }
    let value = match kind {
        RecordKind::Record => clean_id(value)?,
        RecordKind::Tlsrpt => clean_rua(value)?,
    };
    Some(format!("{required}={value}"))
}

fn clean_rua(value: &str) -> Option<String> {
    let value = value.trim_matches(['"', '\'', ' ']);
    let mut uris: Vec<String> = Vec::new();
    for part in value.split(',') {
        // Spaces stand where commas should, or behind a scheme.
        let part = part.trim().replace(": ", ":");
        for uri in part.split([' ', '\t']).filter(|uri| !uri.is_empty()) {
            uris.push(clean_uri(uri.trim_matches(['<', '>', '"', '\''])));
        }
    }
    (!uris.is_empty()).then(|| uris.join(","))
}

fn clean_uri(uri: &str) -> String {
    // The size limit of DMARC, as in `!10m`.
    let limit = uri.rsplit_once('!').filter(|(_, limit)| {
        let digits = limit.trim_end_matches(['k', 'm', 'g', 't', 'K', 'M', 'G', 'T']);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && limit.len() - digits.len() <= 1
    });
    let uri = limit.map_or(uri, |(uri, _)| uri).replace('!', "%21");
    // Another sign where the colon should be.
    for scheme in ["mailto", "https"] {
        let behind = uri.get(scheme.len()..).filter(|_| uri.starts_with(scheme));
        if let Some(rest) = behind.and_then(|behind| behind.strip_prefix('=')) {
            let whole = if scheme == "mailto" { is_mailbox(rest.as_bytes()) } else { rest.starts_with("//") };
            return if whole { format!("{scheme}:{rest}") } else { uri };
        }
    }
    let uri = uri.replacen("mailto://", "mailto:", 1);
    if is_mailbox(uri.as_bytes()) { format!("mailto:{uri}") } else { uri }
}

/// The edit of what stands in front of the first field.
fn begin(doc: &RecordDoc<'_>) -> Option<Edit> {
    let version = doc.kind.version();
    let end = doc.text.iter().position(|b| *b == b';').unwrap_or(doc.text.len());
    let head = doc.text.get(..end)?;
    let clean = lookalike::ascii(head);
    let head = match &clean {
        Some(clean) => clean.as_str(),
        None => std::str::from_utf8(head).ok()?,
    };
    let head = head.trim().trim_start_matches(['"', '\'']);
    // `v = stsv1`, `V=STSv1`, `v:STSv1`, `STSv1`
    let named = head.strip_prefix(['v', 'V']).and_then(|rest| rest.trim_start().strip_prefix(['=', ':']));
    let standard = match doc.kind {
        RecordKind::Record => "sts",
        RecordKind::Tlsrpt => "tlsrpt",
    };
    if is_version(named.unwrap_or(head), standard) {
        return Some(Edit::new(Span::new(0, end), version));
    }
    // A field behind the version, with something else where the semicolon should be.
    let begins = head.get(..version.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(version));
    if let Some(rest) = head.get(version.len()..).filter(|_| begins) {
        let field = rest.trim_start_matches([' ', '\t', ',', '.', ':', ';', '|']);
        return (field.len() < rest.len())
            .then(|| Edit::new(Span::new(0, end), format!("{version}; {field}")));
    }
    // The version stands behind other fields, or nowhere.
    let is_field =
        head.split_once('=').is_some_and(|(name, _)| name.trim().eq_ignore_ascii_case(doc.kind.required()));
    if !is_field {
        return None;
    }
    let later = doc.fields().find(|field| field.span.slice(doc.text) == version.as_bytes());
    let mut text = format!("{version}; {head}");
    let mut rest = doc.text.get(end..)?.to_vec();
    if let Some(later) = later {
        // With the delimiter in front of it.
        let from = doc.text.get(..later.span.start)?.iter().rposition(|b| *b == b';')?;
        rest = [doc.text.get(end..from)?, doc.text.get(later.span.end..)?].concat();
    }
    text.push_str(std::str::from_utf8(&rest).ok()?);
    Some(Edit::new(Span::new(0, doc.text.len()), text))
}

/// The edit, where it clears that fault and brings no other; with what it uncovers mended as well where that
/// gives a record without a fault.
fn settled(doc: &RecordDoc<'_>, kind: Kind, edit: Edit) -> Option<Edit> {
    let text = edit.applied(doc.text);
    let kinds = |doc: &RecordDoc<'_>| -> Vec<Kind> { doc.faults.iter().map(|fault| fault.kind).collect() };
    let after = kinds(&RecordDoc::parse(doc.kind, &text));
    if !after.contains(&kind) && brings_none(&kinds(doc), &after) {
        return edit.shrunk(doc.text);
    }
    let (mended, _) = super::fix_record(doc.kind, text);
    let valid = RecordDoc::parse(doc.kind, &mended).is_valid();
    let text = String::from_utf8(mended).ok().filter(|_| valid)?;
    // The whole text, so that no other edit is made beside it.
    Some(Edit::new(Span::new(0, doc.text.len()), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_mended_where_it_is_plain_what_was_meant() {
        for (kind, text, meant) in [
            (RecordKind::Record, "v=STSv1;id=2026-01-01", "v=STSv1;id=20260101"),
            (RecordKind::Record, "v=STSv1; id = 2026", "v=STSv1; id=2026"),
            (RecordKind::Record, "v=STSv1; ID=2026", "v=STSv1; id=2026"),
            (RecordKind::Record, "v=STSv1; id:2026", "v=STSv1; id=2026"),
            (RecordKind::Record, "v=STSv1 id=2026", "v=STSv1; id=2026"),
            (RecordKind::Record, "v=STSv1, id=2026;", "v=STSv1; id=2026;"),
            (RecordKind::Record, "v=stsv1; id=2026", "v=STSv1; id=2026"),
            (RecordKind::Record, "V = STSv1; id=2026", "v=STSv1; id=2026"),
            (RecordKind::Record, "STSv1; id=2026", "v=STSv1; id=2026"),
            (RecordKind::Record, "id=2026", "v=STSv1; id=2026"),
            (RecordKind::Record, "id=2026; v=STSv1", "v=STSv1; id=2026"),
            (RecordKind::Record, "id=20-26; v=STSv1; a=b", "v=STSv1; id=2026; a=b"),
            (RecordKind::Record, " v=STSv1;; id=2026 ", "v=STSv1; id=2026"),
            (RecordKind::Record, "v=STSv1; id=2026; a=", "v=STSv1; id=2026"),
            (RecordKind::Record, "v=STSv1; id=\u{201c}2026\u{201d}", "v=STSv1; id=2026"),
            (RecordKind::Record, "v=STSv1\u{ff1b} id=2026", "v=STSv1; id=2026"),
            (RecordKind::Record, "\"v=STSv1; id=2026\"", "v=STSv1; id=2026"),
            (RecordKind::Record, "v=STSv1; id=2026; preload", "v=STSv1; id=2026; preload"),
            (RecordKind::Record, "v=STSv1; id=a mode=enforce", "v=STSv1; id=a mode=enforce"),
            (RecordKind::Record, "v:STSv1; id:a1", "v=STSv1; id=a1"),
            (RecordKind::Record, "v=STSv2; id=a1", "v=STSv2; id=a1"),
            (RecordKind::Record, "v=STSv10; id=a1", "v=STSv10; id=a1"),
            (RecordKind::Record, "v=STS1; id=a1", "v=STSv1; id=a1"),
            (RecordKind::Tlsrpt, "v=TLSRPT1; rua=mailto:a@b.example", "v=TLSRPTv1; rua=mailto:a@b.example"),
            (RecordKind::Tlsrpt, "v=TLSRPTv2; rua=mailto:a@b.example", "v=TLSRPTv2; rua=mailto:a@b.example"),
            (RecordKind::Record, "v=STSv1; ID=abc", "v=STSv1; id=abc"),
            (RecordKind::Record, "v=STSv1; id=<timestamp>", "v=STSv1; id=<timestamp>"),
            (RecordKind::Record, "v=STSv1; id=20261101 # by bob", "v=STSv1; id=20261101 # by bob"),
            (RecordKind::Record, "<td>v=STSv1; id=a1</td>", "<td>v=STSv1; id=a1</td>"),
            (RecordKind::Record, "v=STSv1; id=20261101T1mode: none", "v=STSv1; id=20261101T1mode: none"),
            (RecordKind::Record, "v=STSv1", "v=STSv1"),
            (RecordKind::Record, "v=spf1 -all", "v=spf1 -all"),
            (RecordKind::Tlsrpt, "v=TLSRPTv1; rua=a@b.example", "v=TLSRPTv1; rua=mailto:a@b.example"),
            (RecordKind::Tlsrpt, "v=TLSRPTv1; mailto:a@b.example", "v=TLSRPTv1; rua=mailto:a@b.example"),
            (
                RecordKind::Tlsrpt,
                "v=TLSRPTv1;rua=mailto:a@b.example!10m",
                "v=TLSRPTv1;rua=mailto:a@b.example",
            ),
            (
                RecordKind::Tlsrpt,
                "v=TLSRPTv1; rua=mailto: a@b.example,",
                "v=TLSRPTv1; rua=mailto:a@b.example",
            ),
            (
                RecordKind::Tlsrpt,
                "v=TLSRPTv1; rua=<mailto:a@b.example> https://c.example/!x",
                "v=TLSRPTv1; rua=mailto:a@b.example,https://c.example/%21x",
            ),
            (RecordKind::Tlsrpt, "v=TLSRPTv1; rua=mailto=a@b.example", "v=TLSRPTv1; rua=mailto:a@b.example"),
            (
                RecordKind::Tlsrpt,
                "v=TLSRPTv1; rua=https=//b.example/x",
                "v=TLSRPTv1; rua=https://b.example/x",
            ),
            (
                RecordKind::Tlsrpt,
                "v=TLSRPTv1; rua=mailto://a@b.example",
                "v=TLSRPTv1; rua=mailto:a@b.example",
            ),
            (RecordKind::Tlsrpt, "v=TLSRPTv1; rua=a!b@c.example", "v=TLSRPTv1; rua=mailto:a%21b@c.example"),
            (RecordKind::Tlsrpt, "v=TLSRPTv1; rua=mail=a@b.example", "v=TLSRPTv1; rua=mail=a@b.example"),
            (RecordKind::Tlsrpt, "v=TLSRPTv1; rua=//b.example/a@c", "v=TLSRPTv1; rua=//b.example/a@c"),
            (RecordKind::Tlsrpt, "v=TLSRPTv1; rua=http=//b.example", "v=TLSRPTv1; rua=http=//b.example"),
            (RecordKind::Tlsrpt, "v=TLSRPTv1; rua=http://c.example/", "v=TLSRPTv1; rua=http://c.example/"),
        ] {
            let (mended, _) = super::super::fix_record(kind, text.as_bytes().to_vec());
            assert_eq!(String::from_utf8_lossy(&mended), meant, "{text}");
        }
    }
}
