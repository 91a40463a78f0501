//! What a faulty line of a policy was meant to be.
//!
//! A line is mended as a whole, and the result is read again before it is offered: an edit clears the fault it
//! is offered for and brings no other. Where the intent is not plain there is no edit.

use super::meant::{is_comment, is_frame, is_version, meant_mode, seconds};
use crate::edit::Edit;
use crate::lookalike;
use crate::name::{MxPattern, Names, is_mx};
use crate::policy::{Key, PolicyDoc, PolicyFault, PolicyFaultKind as Kind, near_key};
use crate::span::{BOM, Span, decode_utf16, ordered};

/// The edit that mends `fault`, where it is plain what was meant.
pub(super) fn policy_edit(doc: &PolicyDoc<'_>, fault: &PolicyFault) -> Option<Edit> {
    match fault.kind {
        Kind::Empty | Kind::TooLarge | Kind::Html | Kind::Other(_) => None,
        Kind::ByteOrderMark => {
            // A file that went through several editors may have several.
            let marks = doc.body.chunks_exact(BOM.len()).take_while(|chunk| *chunk == BOM).count();
            let edit = Edit::delete(Span::new(0, BOM.len() * marks));
            let kinds =
                |doc: &PolicyDoc<'_>| -> Vec<Kind> { doc.faults.iter().map(|fault| fault.kind).collect() };
            let safe =
                marks == 1 || brings_none(&kinds(doc), &kinds(&PolicyDoc::parse(&edit.applied(doc.body))));
            (leaves_something(doc) && safe).then_some(edit)
        }
        Kind::Utf16 => {
            let decoded = decode_utf16(doc.body)?;
            let (mended, _) = super::fix_policy(decoded.into_bytes(), doc.names);
            let valid = PolicyDoc::parse(&mended).is_valid();
            let text = String::from_utf8(mended).ok().filter(|_| valid)?;
            Some(Edit::new(Span::new(0, doc.body.len()), text))
        }
        Kind::Missing(key) if fault.span.is_empty() => {
            // A line without a colon may have been meant as it, or `v=STSv1`.
            let named = doc.lines.iter().take(FIRST).filter(|line| line.span.len() <= LONGEST).find(|line| {
                let text = std::str::from_utf8(line.span.slice(doc.body)).unwrap_or_default();
                split_field(text.trim()).is_some_and(|(name, ..)| known(name) == Some(key))
            });
            if let Some(line) = named {
                return line_edit(doc, &PolicyFault { span: line.span, ..*fault });
            }
            // A version can be only one thing; a mode or a host cannot be guessed.
            let is_there = |key: Key| doc.field(key).is_some() || doc.near_miss(key).is_some();
            let others = [Key::Mode, Key::MaxAge, Key::Mx].into_iter().any(is_there);
            let start = doc.lines.first()?.span.start;
            let line = || Edit::new(Span::new(start, start), format!("version: STSv1{}", line_end(doc)));
            (key == Key::Version && others).then(line)
        }
        _ => line_edit(doc, fault),
    }
}

/// How many lines are looked through for a field that is missing.
const FIRST: usize = 20;

/// Longer lines are left alone: each of their faults would be a walk over the whole.
const LONGEST: usize = 2048;

/// The edit that makes another of the line that `fault` stands in.
fn line_edit(doc: &PolicyDoc<'_>, fault: &PolicyFault) -> Option<Edit> {
    let index = doc.line_index(fault.span.start)?;
    let span = doc.lines.get(index)?.span;
    let old = span.slice(doc.body);
    if old.len() > LONGEST {
        return None;
    }
    if let Some(block) = front_matter(doc, index) {
        return block.map(Edit::delete);
    }
    let new = mend_in(doc, index)?;
    let says = |key: Key| PolicyDoc::parse(new.as_bytes()).field(key).is_some();
    if matches!(fault.kind, Kind::Missing(key) if !says(key)) {
        return None;
    }
    if new.is_empty() {
        // Where nothing is left there is nothing mended.
        if !leaves_something(doc) {
            return None;
        }
        let end = doc.behind_line(index);
        // What stands behind an empty first line would become the mark in front of the file.
        let uncovers = index == 0 && doc.body.get(end..)?.starts_with(BOM);
        return Some(Edit::delete(Span::new(span.start, end))).filter(|_| !uncovers);
    }
    let (before, after) = (PolicyDoc::line_faults(old), PolicyDoc::line_faults(new.as_bytes()));
    let cleared = !after.contains(&fault.kind) && brings_none(&before, &after);
    Edit::new(span, new).shrunk(doc.body).filter(|_| cleared)
}

/// Whether `after` has no fault that `before` has not, nor one of them more often.
pub(super) fn brings_none<K: Ord>(before: &[K], after: &[K]) -> bool {
    let sorted = |kinds: &[K]| ordered(kinds.len(), &|a, b| kinds.get(a).cmp(&kinds.get(b)));
    let mut known = sorted(before).into_iter();
    // Both are sorted, so each of `after` is found behind the one before it.
    sorted(after).iter().all(|kind| known.any(|known| before.get(known) == after.get(*kind)))
}

/// Whether more is there than blank lines, comments and frames; where nothing else is, their going away mends nothing.
fn leaves_something(doc: &PolicyDoc<'_>) -> bool {
    // Each blank line asks, so that not all of them can be looked at, nor the whole of one.
    const ENOUGH: usize = 64;
    let stays = |line: &crate::policy::Line| {
        let text = line.span.slice(doc.body);
        let text = String::from_utf8_lossy(text.get(..ENOUGH).unwrap_or(text));
        let text = text.trim();
        !text.is_empty() && !is_comment(text) && !is_frame(text)
    };
    doc.says_something() || doc.lines.iter().take(FIRST).any(stays)
}

/// The line of that index as it was meant.
fn mend_in(doc: &PolicyDoc<'_>, index: usize) -> Option<String> {
    let old = doc.lines.get(index)?.span.slice(doc.body);
    if old.starts_with(b"-") && beside_plus(doc, index) {
        return Some(String::new());
    }
    mend_line(old, &Around { mx: doc.has_mx(), names: doc.names, line_end: line_end(doc) })
}

/// Whether a line with a plus in front stands near: then one with a minus is what a diff takes away.
fn beside_plus(doc: &PolicyDoc<'_>, index: usize) -> bool {
    const NEAR: usize = 20;
    let added = |line: &crate::policy::Line| matches!(line.span.slice(doc.body), [b'+', second, ..] if *second != b'+');
    doc.lines.iter().take(index + NEAR).skip(index.saturating_sub(NEAR)).any(added)
}

/// The front matter of a site generator (Jekyll and others), which a file has to begin with: from `---` to `---`. Of a
/// line that frames it, what goes away; `Some(None)` where the frame has to stay, as a field of ours stands inside it and
/// would become one of the policy behind it. `None` for any other line.
fn front_matter(doc: &PolicyDoc<'_>, index: usize) -> Option<Option<Span>> {
    const LONGEST: usize = 20;
    let text = |line: &crate::policy::Line| line.span.slice(doc.body).trim_ascii();
    let is_frame = |line: &crate::policy::Line| text(line) == b"---";
    if index > 2 * LONGEST || !is_frame(doc.lines.get(index)?) {
        return None;
    }
    let opening = doc.lines.iter().take(LONGEST).position(|line| !text(line).is_empty())?;
    if !is_frame(doc.lines.get(opening)?) {
        return None;
    }
    let closing = opening + 1 + doc.lines.get(opening + 1..)?.iter().take(LONGEST).position(is_frame)?;
    let ours = |lines: Option<&[crate::policy::Line]>| {
        let fields = lines.into_iter().flatten().filter_map(|line| line.field);
        fields
            .into_iter()
            .any(|field| field.key != Key::Extension || near_key(field.name.slice(doc.body)).is_some())
    };
    match (ours(doc.lines.get(opening + 1..closing)), ours(doc.lines.get(closing + 1..))) {
        (true, true) if index == opening || index == closing => Some(None),
        (false, true) if index == opening => {
            Some(Some(Span::new(doc.lines.get(opening)?.span.start, doc.behind_line(closing))))
        }
        _ => None,
    }
}

/// How the lines of the document end.
fn line_end(doc: &PolicyDoc<'_>) -> &'static str {
    let first = doc.lines.first().map_or(0, |line| line.span.end);
    if doc.body.get(first..).is_some_and(|rest| rest.starts_with(b"\r\n")) { "\r\n" } else { "\n" }
}

/// What has to be known of the rest of the document to mend a line.
struct Around<'a> {
    /// Whether there is an `mx` already.
    mx: bool,
    names: Option<&'a Names>,
    line_end: &'static str,
}

/// The line as it was meant, perhaps as several, perhaps as none; `None` where that cannot be told.
fn mend_line(line: &[u8], around: &Around<'_>) -> Option<String> {
    let text = match std::str::from_utf8(line) {
        Ok(text) => text.to_owned(),
        // Most probably Latin-1, whose bytes are the first code points.
        Err(_) => line.iter().map(|b| char::from(*b)).collect(),
    };
    let ends = ['\r', '\u{B}', '\u{C}', '\u{85}', '\u{2028}', '\u{2029}'];
    mend_each(text.split(ends), around).filter(|new| new.is_empty() || new.as_bytes() != line)
}

fn mend_each<'t>(pieces: impl Iterator<Item = &'t str>, around: &Around<'_>) -> Option<String> {
    let mut mended: Vec<String> = Vec::new();
    for piece in pieces {
        // A name that is almost a known one is well formed, too.
        let near =
            piece.split_once(':').is_some_and(|(name, _)| known(name).is_some_and(|key| key.name() != name));
        let good = !near && !piece.is_empty() && PolicyDoc::line_faults(piece.as_bytes()).is_empty();
        let new = if good { piece.to_owned() } else { mend_piece(piece, around)? };
        if !new.is_empty() {
            mended.push(new);
        }
    }
    Some(mended.join(around.line_end))
}

fn mend_piece(piece: &str, around: &Around<'_>) -> Option<String> {
    let invisible = |c: char| c != ' ' && crate::visible::is_invisible(c);
    let text = piece.trim_matches(|c: char| c.is_whitespace() || invisible(c));
    if text.is_empty() || is_comment(text) || is_frame(text) {
        return Some(String::new());
    }
    // Only where the colon itself is disguised is the whole line taken for what it looks like.
    let clean = lookalike::ascii(text.as_bytes()).filter(|clean| !text.contains(':') && clean.contains(':'));
    let text = clean.as_deref().unwrap_or(text);
    if let Some(fields) = split_fields(text) {
        return mend_each(fields.into_iter(), around);
    }
    let body = without_marker(text);
    let Some((name, gap, value)) = split_field(body) else {
        // An item of a list in YAML.
        return (body.len() < text.len() && is_mx(body.as_bytes()) && body.contains('.'))
            .then(|| format!("mx: {body}"));
    };
    let values = known(name).map(|key| (key, mend_value(key, value, around)));
    // An extension may be called `v`, too.
    let extension = body.contains(':') && name.trim().eq_ignore_ascii_case("v");
    let values = values.filter(|(_, values)| values.is_some() || !extension);
    let Some((key, values)) = values else {
        let value: String =
            value.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !c.is_control()).collect();
        return Some(if value.trim().is_empty() {
            String::new()
        } else {
            format!("{}:{gap}{}", name.trim(), value.trim())
        });
    };
    let lines: Vec<String> = values?.iter().map(|value| format!("{}:{gap}{value}", key.name())).collect();
    Some(lines.join(around.line_end))
}

/// The fields of a line that holds several, each behind its own name.
fn split_fields(text: &str) -> Option<Vec<&str>> {
    let names = Key::KNOWN.map(Key::name);
    let mut starts: Vec<usize> = Vec::new();
    for (at, _) in text.match_indices(':') {
        let head = text.get(..at)?.trim_end();
        let word = names.iter().find(|name| head.ends_with(*name));
        let Some(start) = word.map(|word| head.len() - word.len()) else { continue };
        let own =
            head.get(..start)?.chars().next_back().is_none_or(|c| c.is_whitespace() || ";,|{\"'".contains(c));
        if own && starts.last() != Some(&start) {
            starts.push(start);
        }
    }
    // What stands in front of the first name would be lost.
    let front = text.get(..*starts.first()?)?;
    if starts.len() < 2 || !front.trim_matches([' ', '\t', '"', '\'', '{', '-']).is_empty() {
        return None;
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let fields = starts.iter().zip(ends).map(|(start, end)| text.get(*start..end));
    fields
        .map(|field| field.map(|field| field.trim_end_matches([' ', '\t', ';', ',', '|', '"', '\'', '}'])))
        .collect()
}

/// The text behind the mark of a list, a quotation or a diff.
fn without_marker(text: &str) -> &str {
    let Some(rest) = text.strip_prefix(['-', '*', '+', '>', '\u{2022}']) else {
        let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let item = digits.strip_prefix(". ").or(digits.strip_prefix(") "));
        return item.filter(|_| digits.len() < text.len()).map_or(text, str::trim_start);
    };
    let apart = rest.starts_with([' ', '\t']);
    let joined = !text.starts_with('*') && rest.starts_with(|c: char| c.is_ascii_alphabetic());
    if apart || joined { rest.trim_start() } else { text }
}

/// Name, white space behind the delimiter, value.
fn split_field(text: &str) -> Option<(&str, &str, &str)> {
    let first = text.split([' ', '\t', '=']).next().unwrap_or(text);
    let exact = Key::KNOWN.into_iter().any(|key| key.name() == first);
    let (name, value) = match text.split_once(':') {
        // `mx host:25`: the colon is not the one of the field.
        Some((name, _)) if exact && known(name).is_none() => text.split_once([' ', '\t', '='])?,
        Some((name, value)) => {
            let shown = value.trim_start_matches([' ', '\t']);
            let gap = value.get(..value.len() - shown.len())?;
            // Another space was meant as the ordinary one.
            let gap = if shown.starts_with(char::is_whitespace) { " " } else { gap };
            return Some((name, gap, shown));
        }
        None => text.split_once(['=', ' ', '\t'])?,
    };
    known(name)?;
    Some((name, " ", value.trim_start_matches([' ', '\t', '='])))
}

/// The field that a name was meant as.
fn known(name: &str) -> Option<Key> {
    let clean = lookalike::ascii(name.as_bytes());
    let name = clean.as_deref().unwrap_or(name).trim();
    let name = name.trim_matches(['"', '\'', '`', '*', ' ']);
    let exact = Key::KNOWN.into_iter().find(|key| key.name() == name);
    // In a record the version is called so.
    let of_record = name.eq_ignore_ascii_case("v").then_some(Key::Version);
    exact.or(of_record).or_else(|| near_key(name.as_bytes()))
}

/// The value or values that were meant; none where the field says nothing and is not needed.
fn mend_value(key: Key, value: &str, around: &Around<'_>) -> Option<Vec<String>> {
    if key == Key::Mx {
        return hosts(value, around);
    }
    let clean = lookalike::ascii(value.as_bytes());
    let value = bare_value(clean.as_deref().unwrap_or(value));
    let one = |text: String| Some(vec![text]);
    match key {
        Key::Version => {
            let value = value.strip_prefix("v=").unwrap_or(value);
            let meant = is_version(value, "sts") || ["1", "v1", "V1", "1.0"].contains(&value);
            one("STSv1".into()).filter(|_| meant && !value.contains(char::is_whitespace))
        }
        Key::Mode => one(meant_mode(value.as_bytes())?.into()),
        Key::MaxAge => one(seconds(value.as_bytes())?.to_string()),
        Key::Mx | Key::Extension => None,
    }
}

/// What stands in front of the first of `marks`, with which a comment begins.
fn in_front_of<'v>(value: &'v str, marks: &[&str]) -> &'v str {
    let cut = marks.iter().filter_map(|mark| value.find(mark)).min();
    cut.and_then(|at| value.get(..at)).unwrap_or(value)
}

/// A value without comment, quotes and punctuation around it.
fn bare_value(value: &str) -> &str {
    let value = in_front_of(value, &[" #", "\t#", " //", " ;", "\t;", " <!--"]);
    value.trim_matches([' ', '\t', '"', '\'', '`', ';', ',', '.', '<', '>'])
}

/// The hosts that the value of an `mx` was meant to name: every piece has to be one, or nothing is plain.
fn hosts(value: &str, around: &Around<'_>) -> Option<Vec<String>> {
    let value = in_front_of(value, &[" #", "\t#", " //"]).trim();
    if value.is_empty() {
        return around.mx.then(Vec::new);
    }
    let pieces = without_brackets(value).split([' ', '\t', ',', ';']).filter(|piece| !piece.is_empty());
    let mut hosts: Vec<String> = Vec::new();
    let mut preferred = false;
    for piece in pieces {
        // The preference of an MX record stands directly in front of its host.
        preferred = !preferred && piece.len() <= 5 && piece.bytes().all(|b| b.is_ascii_digit());
        if !preferred {
            hosts.push(host(piece, around)?);
        }
    }
    (!hosts.is_empty() && !preferred).then_some(hosts)
}

/// What stands in brackets that enclose the whole.
fn without_brackets(text: &str) -> &str {
    let inside = |pair: [char; 2]| text.strip_prefix(pair[0])?.strip_suffix(pair[1]);
    let inside = inside(['<', '>']).or_else(|| inside(['[', ']']));
    inside.filter(|inside| !inside.contains(['<', '>', '[', ']'])).unwrap_or(text)
}

fn host(item: &str, around: &Around<'_>) -> Option<String> {
    let clean = lookalike::is_disguised(item.as_bytes()).then(|| lookalike::ascii(item.as_bytes())).flatten();
    let item = clean.as_deref().unwrap_or(item).trim();
    let item = without_brackets(item.trim_matches(['"', '\'', '`']));
    let item = item
        .split_once("://")
        .map_or(item, |(_, behind)| behind.split(['/', '?', '#']).next().unwrap_or(behind));
    let item = item.trim_end_matches('/');
    let item = match item.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => item,
    };
    // A dot in front is a wildcard to some, and too many to others: which was meant is not plain.
    let item = item.strip_suffix('.').unwrap_or(item);
    let item = if item.is_ascii() {
        item.to_owned()
    } else {
        let bare = item.strip_prefix("*.");
        let ascii = around.names?.a_label(bare.unwrap_or(item))?;
        format!("{}{ascii}", if bare.is_some() { "*." } else { "" })
    };
    let pattern = MxPattern::parse(item.as_bytes()).ok()?;
    // A single label is a word, and a number in place of a top-level domain is no name.
    let (_, top) = pattern.name().rsplit_once('.')?;
    (!pattern.is_address() && !top.bytes().all(|b| b.is_ascii_digit())).then_some(item)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(line: &str) -> Option<String> {
        let names = Names {
            a_labels: vec![("b\u{fc}cher.example".into(), "xn--bcher-kva.example".into())],
            ..Names::default()
        };
        mend_line(line.as_bytes(), &Around { mx: true, names: Some(&names), line_end: "\n" })
    }

    fn fixed(text: &str) -> String {
        let (mended, _) = super::super::fix_policy(text.as_bytes().to_vec(), None);
        String::from_utf8(mended).expect("UTF-8")
    }

    #[test]
    fn what_a_diff_takes_away_does_not_come_back() {
        let rest = "mx: a.fabrikam.com\nmax_age: 604800\n";
        let meant = format!("version: STSv1\nmode: enforce\n{rest}");
        assert_eq!(fixed(&format!("version: STSv1\n-mode: testing\n+mode: enforce\n{rest}")), meant);
        assert_eq!(fixed(&format!(" version: STSv1\n- mode: testing\n+ mode: enforce\n{rest}")), meant);
        assert_eq!(fixed(&format!("+version: STSv1\n+mode: enforce\n{rest}")), meant);
        assert_eq!(fixed(&format!("- version: STSv1\n- mode: enforce\n{rest}")), meant);
    }

    #[test]
    fn the_version_of_a_record_is_the_policys() {
        let rest = "mode: enforce\nmx: a.fabrikam.com\nmax_age: 604800\n";
        for first in ["v=STSv1", "v: STSv1", "v: stsv1", "versoin: STSv1", "version=STSv1", "# x\nv=STSv1"] {
            let text = format!("{first}\n{rest}");
            let doc = PolicyDoc::parse(text.as_bytes());
            // What only lacks the colon is not missing.
            let of_version = |kind| match first {
                "version=STSv1" => kind == Kind::NoColon,
                _ => kind == Kind::Missing(Key::Version),
            };
            let missing = doc.faults.iter().find(|fault| of_version(fault.kind));
            let edit = missing.and_then(|fault| policy_edit(&doc, fault)).expect(first);
            assert!(String::from_utf8_lossy(&edit.applied(text.as_bytes())).contains("version: STSv1\nmode"));
            assert_eq!(fixed(&text), format!("version: STSv1\n{rest}"), "{first}");
        }
        // No version, and nothing that could have been one.
        assert_eq!(fixed(rest), format!("version: STSv1\n{rest}"));
        for other in ["v: STSv2", "version STSv2"] {
            assert_eq!(fixed(&format!("{other}\n{rest}")), format!("{other}\n{rest}"));
        }
    }

    #[test]
    fn fields_of_front_matter_do_not_become_the_policys() {
        let policy = "version: STSv1\nmode: enforce\nmx: a.fabrikam.com\nmax_age: 604800\n";
        for front in ["---\nmode: none\n---\n", "\n---\nMode: none\ntitle: x\n---\n"] {
            let left = fixed(&format!("{front}{policy}"));
            assert!(left.trim_start().starts_with("---\n") && left.matches("---\n").count() == 2, "{left}");
            assert!(!PolicyDoc::parse(left.as_bytes()).is_valid());
        }
        assert_eq!(fixed(&format!("---\ntitle: x\n---\n{policy}")), policy);
        assert_eq!(fixed(&format!("---\n{policy}---\n")), policy);
    }

    #[test]
    fn lines_are_mended_where_it_is_plain_what_was_meant() {
        for (line, meant) in [
            ("  mode: enforce", Some("mode: enforce")),
            ("mode : enforce", Some("mode: enforce")),
            ("mode enforce", Some("mode: enforce")),
            ("mode=enforce", Some("mode: enforce")),
            ("Mode:Enforce", Some("mode:enforce")),
            ("mode: enforced", Some("mode: enforce")),
            ("mode: \"enforce\"", Some("mode: enforce")),
            ("mode: enforce # now", Some("mode: enforce")),
            ("mode: enforce;", Some("mode: enforce")),
            ("mode: testing|enforce", None),
            ("mode: yes", None),
            ("mode: testing enforce", None),
            ("m\u{43e}de: enf\u{43e}rce", Some("mode: enforce")),
            ("mode\u{ff1a} enforce", Some("mode: enforce")),
            ("mode:\u{a0}enforce", Some("mode: enforce")),
            ("version: stsv1", Some("version: STSv1")),
            ("version: 1", Some("version: STSv1")),
            ("\"version\": \"STSv1\",", Some("version: STSv1")),
            ("version: TLSRPT", None),
            ("version: STSv2", None),
            ("version: STSv10", None),
            ("version: STSv1<br>", None),
            ("mode: enforce<br>", None),
            ("mx: a.example<br>", None),
            ("max_age: 604800<br>", None),
            ("<p>version: STSv1</p>", None),
            ("<p>mode: enforce</p>", None),
            ("<p>mx: a.example</p>", None),
            ("<p>max_age: 604800</p>", None),
            ("versoin: STSv1", Some("version: STSv1")),
            ("v=STSv1", Some("version: STSv1")),
            ("V: stsv1", Some("version: STSv1")),
            ("v=STSv1; id=a1", None),
            (" v: something", Some("v: something")),
            ("max-age: 604800", Some("max_age: 604800")),
            ("max_age: 7d", Some("max_age: 604800")),
            ("max_age: 604,800", Some("max_age: 604800")),
            ("max_age: 604800s", Some("max_age: 604800")),
            ("max_age: +604800", Some("max_age: 604800")),
            ("max_age: 00000604800", Some("max_age: 604800")),
            ("max_age: 99999999", Some("max_age: 31557600")),
            ("max_age: 1e6", None),
            ("max_age: 604.800", None),
            ("max_age: -1", None),
            ("max_age:", None),
            ("mx: https://mx.example.com/", Some("mx: mx.example.com")),
            ("mx: mx.example.com.", Some("mx: mx.example.com")),
            ("mx: mx.example.com:25", Some("mx: mx.example.com")),
            ("mx: 'mx.example.com'", Some("mx: mx.example.com")),
            ("mx: <mx.example.com>", Some("mx: mx.example.com")),
            ("mx: [a.example, \"b.example\"]", Some("mx: a.example\nmx: b.example")),
            ("mx: <a.example>; <b.example>", Some("mx: a.example\nmx: b.example")),
            ("mx: 10 a.example, 20 b.example", Some("mx: a.example\nmx: b.example")),
            ("mx: a.example,", Some("mx: a.example")),
            ("mx: .example.com", None),
            ("mx: mx1.example .com", None),
            ("mx: mx1.example,com", None),
            ("mx: mail.example,.com", None),
            ("mx: mx1,mx2.example.com", None),
            ("mx: *.example].com", None),
            ("mx: mx[12].example.com", None),
            ("mx: mx[1-3].example.com", None),
            ("mx: <your mx host>", None),
            ("mx: <hostname>", None),
            ("mx: mail.<domain>", None),
            ("mx: a.example and b.example", None),
            ("mx: a.example|b.example", None),
            ("mx: a.example TODO add second", None),
            ("mx: a.example; primary", None),
            ("mx: example.com. 3600 IN MX 10 a.example.", None),
            ("mx: a.example 10", None),
            ("mx: 10 20 a.example", None),
            ("mx: a.example 1.5", None),
            ("mx: mail example com", None),
            ("mx: a.example, *.com", None),
            ("mx: a.example, b.example", Some("mx: a.example\nmx: b.example")),
            ("mx: 10 a.example. 20 b.example.", Some("mx: a.example\nmx: b.example")),
            ("mx: *.b\u{fc}cher.example", Some("mx: *.xn--bcher-kva.example")),
            ("mx: m\u{445}.example.com", Some("mx: mx.example.com")),
            ("mx: \u{445}\u{440}.example", None),
            ("mx: [192.0.2.1]", None),
            ("mx: *mail.example.com", None),
            ("mx: user@example.com", None),
            ("mx:", Some("")),
            ("- mx.example.com", Some("mx: mx.example.com")),
            ("- mode: enforce", Some("mode: enforce")),
            ("> mode: enforce", Some("mode: enforce")),
            ("# a comment: with a colon", Some("")),
            ("```text", Some("")),
            ("---", Some("")),
            ("note:", Some("")),
            ("note: a\tb", Some("note: a b")),
            ("a line of prose", None),
            ("bad name: x", None),
            (
                "version: STSv1 mode: enforce mx: a.example max_age: 604800",
                Some("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 604800"),
            ),
            (
                "version: STSv1; mode: Enforce; max_age: 1d;",
                Some("version: STSv1\nmode: enforce\nmax_age: 86400"),
            ),
            ("mode: enforce\rmx: a.example\r", Some("mode: enforce\nmx: a.example")),
            ("mode: enforce\u{2028}mx: a.example.", Some("mode: enforce\nmx: a.example")),
        ] {
            assert_eq!(mended(line).as_deref(), meant, "{line}");
        }
        assert_eq!(
            mend_line(b"note: caf\xE9", &Around { mx: false, names: None, line_end: "\n" }).as_deref(),
            Some("note: caf\u{e9}")
        );
    }
}
