//! Findings in a linted text, drawn as compilers do: the line, and carets below the place.

use annotate_snippets::{AnnotationKind, Group, Level as Drawn, Patch, Renderer, Snippet};
use anstyle::{AnsiColor, Style};
use mta_sts::report::{At, Edit, Finding};
use mta_sts::senders::SenderReading;
use mta_sts::{Level, LintKind};

use crate::excerpt::{Excerpt, corners};
use crate::lint::Linted;
use crate::text::{BAD, GOOD, Safe, styled};

/// As the renderer draws its lines.
const ARROW: Style = AnsiColor::BrightBlue.on_default().bold();

/// How wide the drawing is where no terminal says.
const WIDTH: usize = 100;

/// Words that fit beside the carets; longer ones stand below.
const BESIDE: usize = 72;

/// What was found in a text, and what it comes to.
pub(crate) fn written(linted: &Linted) -> String {
    let mut out: String =
        linted.report.findings.iter().map(|finding| draw(finding, linted) + "\n\n").collect();
    out.push_str(&outcome(linted));
    out.push('\n');
    out.push_str(&others(linted));
    out
}

/// The senders and checkers that read the text otherwise than the RFC does, a line each.
fn others(linted: &Linted) -> String {
    let Some((strict, rest)) = linted.report.senders.split_first() else { return String::new() };
    let said = |reading: &SenderReading| {
        (reading.usable, reading.mode, reading.max_age, reading.mx.clone(), reading.id.clone())
    };
    let differing: Vec<&SenderReading> =
        rest.iter().filter(|reading| said(reading) != said(strict)).collect();
    if differing.is_empty() {
        return String::new();
    }
    let mut out = format!("  {} of {} readers we know read it otherwise:\n", differing.len(), rest.len());
    for reading in differing {
        let why = reading.why.as_deref().unwrap_or_default();
        let name = format!("{} {}", reading.sender, reading.version);
        let line = if !reading.usable {
            format!("cannot use it: {why}")
        } else {
            let mut read = Vec::new();
            if let Some(id) = reading.id.as_ref().filter(|_| reading.id != strict.id) {
                read.push(format!("id {id}"));
            }
            if let Some(mode) = reading.mode.filter(|_| reading.mode != strict.mode) {
                read.push(format!("mode {mode}"));
            }
            if let Some(max_age) = reading.max_age.filter(|_| reading.max_age != strict.max_age) {
                read.push(format!("max_age {max_age}"));
            }
            if let Some(mx) = reading.mx.as_ref().filter(|_| reading.mx != strict.mx) {
                read.push(format!("mx {}", mx.join(", ")));
            }
            if why.is_empty() {
                format!("reads {}", read.join(", "))
            } else {
                format!("reads {} ({why})", read.join(", "))
            }
        };
        out.push_str(&format!("    {name:<38} {}\n", Safe(&line)));
    }
    out
}

/// A finding, in colours, without a line end behind it.
pub(crate) fn draw(finding: &Finding, linted: &Linted) -> String {
    let level = match finding.level {
        Level::Error => Drawn::ERROR,
        Level::Warning => Drawn::WARNING,
        Level::Note => Drawn::NOTE,
    };
    let message = Safe(&finding.message).to_string();
    let title = level.primary_title(finding.title.as_str()).id(finding.code);

    let excerpt = finding.at.as_ref().map(|at| Excerpt::new(&linted.text, at.place.bytes));
    let beside = excerpt.is_some() && message.chars().count() <= BESIDE;
    let mut group = Group::with_title(title);
    if let (Some(at), Some(Excerpt { line, marked, .. })) = (&finding.at, excerpt) {
        let mark = AnnotationKind::Primary.span(marked).label(beside.then(|| message.clone()));
        group = group.element(Snippet::source(line).line_start(at.place.line).annotation(mark));
    }
    if !beside {
        group = group.element(Drawn::NOTE.message(message));
    }
    let patch = finding.edit.as_ref().and_then(|edit| patch(edit, &linted.text));
    let unseen = finding.edit.as_ref().filter(|_| patch.is_none()).map(|edit| in_words(edit, &linted.text));
    let help = finding.fix.as_ref().map(|fix| Safe(fix).to_string());
    let mut groups = Vec::new();
    match (help, patch) {
        (Some(help), Some(patch)) => {
            groups.push(Group::with_title(Drawn::HELP.secondary_title(help)).element(patch));
        }
        (Some(help), None) => group = group.element(Drawn::HELP.message(help)),
        (None, _) => {}
    }
    if let Some(words) = unseen {
        group = group.element(Drawn::NOTE.with_name("edit").message(words));
    }
    groups.insert(0, group.element(Drawn::NOTE.with_name("see").message(finding.section)));

    // The renderer counts columns of what is shown, and a place is counted in the text itself, so the line
    // that names it is put in here, behind the title.
    let drawn = renderer().render(&groups);
    let (head, rest) = drawn.split_once('\n').unwrap_or((&drawn, ""));
    format!("{head}\n{}\n{rest}", origin(finding, &linted.file))
}

/// What an edit does to its line; nothing where it joins lines, the line is too long to show, or only white
/// space changes.
fn patch(edit: &Edit, text: &[u8]) -> Option<Snippet<'static, Patch<'static>>> {
    let removed = text.get(edit.bytes[0]..edit.bytes[1])?;
    let excerpt = Excerpt::new(text, edit.bytes);
    // White space that goes away leaves nothing to see.
    let is_unseen = removed.trim_ascii().is_empty() && edit.replacement.trim_ascii().is_empty();
    if removed.contains(&b'\n') || excerpt.is_cut || is_unseen {
        return None;
    }
    let [(line, _), _] = corners(text, edit.bytes);
    let lines: Vec<String> =
        edit.replacement.split('\n').map(|line| Safe(line.trim_end_matches('\r')).to_string()).collect();
    let patch = Patch::new(excerpt.marked, lines.join("\n"));
    Some(Snippet::source(excerpt.line).line_start(line).patch(patch))
}

/// What an edit does that cannot be seen in a drawing.
fn in_words(edit: &Edit, text: &[u8]) -> String {
    let [(line, column), (last, end)] = corners(text, edit.bytes);
    let removed = text.get(edit.bytes[0]..edit.bytes[1]).unwrap_or_default();
    let what = if column == 1 && removed.ends_with(b"\n") && last == line + 1 {
        format!("line {line}")
    } else if column == 1 && removed.ends_with(b"\n") {
        format!("lines {line} to {}", last - 1)
    } else if last > line {
        format!("line {line} from column {column} on, up to line {last}, column {end}")
    } else if end > column + 1 {
        format!("columns {column} to {} of line {line}", end - 1)
    } else {
        format!("column {column} of line {line}")
    };
    match edit.replacement.as_str() {
        "" => format!("removes {what}"),
        _ if removed.is_empty() => format!("writes something in front of {what}"),
        _ => format!("writes something else in place of {what}"),
    }
}

/// The line that names the place.
fn origin(finding: &Finding, file: &str) -> String {
    let (indent, place) = match &finding.at {
        Some(At { place, .. }) => (place.line.to_string().len(), format!(":{}:{}", place.line, place.column)),
        None => (1, String::new()),
    };
    format!("{:indent$}{} {}{place}", "", styled(ARROW, "-->"), Safe(file))
}

fn renderer() -> Renderer {
    let columns = console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    Renderer::styled().term_width(columns.filter(|columns| *columns >= 40).unwrap_or(WIDTH))
}

/// The last line on a text.
fn outcome(linted: &Linted) -> String {
    let file = Safe(&linted.file);
    let kind = match linted.report.kind {
        LintKind::Policy => "policy",
        LintKind::Record => "MTA-STS record",
        LintKind::Tlsrpt => "TLSRPT record",
    };
    if linted.report.valid {
        styled(GOOD, format!("{file}: this {kind} is valid"))
    } else {
        let rfc = if linted.report.kind == LintKind::Tlsrpt { "RFC 8460" } else { "RFC 8461" };
        styled(BAD, format!("{file}: a sender that holds to {rfc} cannot use this {kind}"))
    }
}
