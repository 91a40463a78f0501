//! Reports as text for a terminal. Colours are taken away again where they are not wanted
//! (`NO_COLOR`, a pipe), and what strangers wrote is escaped.

use std::fmt::{self, Write as _};
#[cfg(feature = "network")]
use std::path::Path;

use anstyle::{AnsiColor, Style};
use mta_sts::evidence::SmtpResult;
use mta_sts::facts::{BesideState, MxLookup, PolicyState, RecordState, TargetState};
use mta_sts::history::Held;
use mta_sts::plan::{Plan, PlanStep, minute};
use mta_sts::ready::{Readiness, ReadyState};
use mta_sts::report::{
    BesideReport, Finding, MxReport, PolicyAddressReport, Source, Stage, TargetReport, TlsrptReport,
};
#[cfg(feature = "network")]
use mta_sts::setup::{File, Hosting, SetUp};
use mta_sts::verdict::{Action, DaneDelivery, Does};
use mta_sts::{Delivery, Level, Mode, Report, is_invisible};
use serde::Serialize;

#[cfg(feature = "network")]
use crate::resolve::Upstream;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
const PLAIN: Style = Style::new();

/// Text of strangers, safe for a terminal: what cannot be seen, or turns the text around it, is written
/// as `\u{…}`.
pub(crate) struct Safe<'t>(pub(crate) &'t str);

impl fmt::Display for Safe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if is_invisible(c) { write!(f, "{}", c.escape_unicode())? } else { f.write_char(c)? }
        }
        Ok(())
    }
}

pub(crate) fn styled(style: Style, text: impl fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// The word a value has in the JSON report.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// A policy that senders may have.
fn write_held(out: &mut String, held: &Held) -> fmt::Result {
    let style = if held.refuses { BAD } else { PLAIN };
    let what = format!("mode {}, mx {}", held.mode, few(&held.mx));
    let until = match held.replaced {
        Some(_) => format!("until {}", minute(held.until)),
        None => format!("for {} from when they fetch it", duration(held.max_age)),
    };
    let mut said = vec![format!("senders may have it {until}")];
    if held.refuses {
        said.push("it admits no MX host of today, so they refuse mail".to_owned());
    } else if !held.unmatched.is_empty() && held.mode == Mode::Enforce {
        said.push(format!("it does not admit {}", few(&held.unmatched)));
    }
    if held.unnoticed {
        said.push("the id was not changed with it, so nobody looks for the new one before".to_owned());
    }
    // From a file, so it may be anything.
    let id = Safe(held.id.as_deref().unwrap_or("-")).to_string();
    row(out, "held", style, &id, &Safe(&format!("{what}: {}", said.join("; "))).to_string())
}

/// Whether a domain is ready for mode enforce, and what that comes from.
#[must_use]
pub fn ready(ready: &Readiness) -> String {
    let style = if ready.ready { GOOD } else { BAD };
    let mut out = format!("\n{}\n", styled(style, Safe(&ready.sentence)));
    for item in &ready.items {
        let (style, word) = match item.state {
            ReadyState::Passes => (GOOD, "passes"),
            ReadyState::Blocks => (BAD, "blocks"),
            ReadyState::Unseen => (DOUBTFUL, "unseen"),
        };
        // Writing to a String cannot fail.
        writeln!(out, "  {}  {} {}", styled(style, word), Safe(&item.about), Safe(&item.what)).ok();
    }
    out
}

/// A plan, step by step, and what senders may still have of before.
#[must_use]
pub fn plan(plan: &Plan, held: &[Held]) -> String {
    let mut out = format!("{}\n", styled(BOLD, Safe(&plan.summary)));
    for held in held {
        write_held(&mut out, held).ok();
    }
    for (number, step) in (1..).zip(&plan.steps) {
        write_step(&mut out, number, step).ok();
    }
    out
}

/// What was made for a domain, and where it is.
#[cfg(feature = "network")]
#[must_use]
pub fn setup(setup: &SetUp, folder: &Path, files: &[File], without_host: bool) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    write_setup(&mut out, setup, folder, files, without_host).ok();
    out
}

#[cfg(feature = "network")]
fn write_setup(
    out: &mut String,
    setup: &SetUp,
    folder: &Path,
    files: &[File],
    without_host: bool,
) -> fmt::Result {
    writeln!(out, "{}\n", styled(BOLD, format!("MTA-STS for {}", setup.domain)))?;
    writeln!(out, "{}", styled(DIM, setup.domain.policy_url()))?;
    for line in setup.policy.lines() {
        writeln!(out, "  {}", Safe(line))?;
    }
    for record in &setup.records {
        writeln!(out, "{}", styled(DIM, format!("TXT {}", record.name)))?;
        writeln!(out, "  {}", Safe(&record.text))?;
    }
    writeln!(out)?;
    for reason in &setup.reasons {
        writeln!(out, "{}: {}", styled(BOLD, Safe(&reason.value)), Safe(&reason.why))?;
    }
    for note in &setup.notes {
        let hosts = few(&note.hosts);
        writeln!(out, "{} ({}): {}", styled(BOLD, Safe(&note.about)), Safe(&hosts), Safe(&note.text))?;
        if let Some(source) = note.source {
            writeln!(out, "  {}", styled(DIM, source))?;
        }
    }
    let folder = folder.display().to_string();
    writeln!(out, "\n{} files in {}:", files.len(), Safe(&folder))?;
    for file in files {
        writeln!(out, "  {}", Safe(&file.path))?;
    }
    if without_host {
        let hosts = Hosting::ALL.map(Hosting::key).join(", ");
        writeln!(out, "{}", styled(DIM, format!("--host NAME adds files ready for one of {hosts}")))?;
    }
    Ok(())
}

fn write_step(out: &mut String, number: usize, step: &PlanStep) -> fmt::Result {
    writeln!(out, "\n{} {}", styled(BOLD, format!("{number}.")), styled(BOLD, Safe(&step.title)))?;
    writeln!(out, "   {}", styled(DIM, Safe(&step.time())))?;
    for change in &step.changes {
        let (sentence, text) = change.words();
        writeln!(out, "   {}", Safe(&sentence))?;
        for line in text.iter().flat_map(|text| text.lines()) {
            writeln!(out, "     {}", Safe(line))?;
        }
    }
    writeln!(out, "   {}", Safe(&step.why))?;
    writeln!(out, "   {} {}", styled(DIM, "then:"), Safe(&step.check))
}

/// A report on a domain; with `verbose`, every step too, with the command that repeats it by hand.
#[must_use]
pub fn report(report: &Report, verbose: bool) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    write_report(&mut out, report, verbose).ok();
    out
}

fn write_report(out: &mut String, report: &Report, verbose: bool) -> fmt::Result {
    let verdict = verdict_style(report);
    writeln!(out, "{}\n", styled(verdict, Safe(&report.summary)))?;

    let state = |state: RecordState| match state {
        RecordState::Valid => GOOD,
        RecordState::NotObserved => DOUBTFUL,
        _ => BAD,
    };
    let texts =
        report.record.text.iter().map(|text| Safe(text).to_string()).collect::<Vec<_>>().join("  |  ");
    row(out, "record", state(report.record.state), &word(&report.record.state), &texts)?;
    write_aliases(out, &report.record.aliases)?;

    let policy = &report.policy;
    let style = policy_style(policy.state);
    let mut said = Vec::new();
    if let (Some(mode), Some(max_age)) = (policy.mode, policy.max_age) {
        said.push(format!("mode {mode}, max_age {max_age} ({})", duration(max_age)));
    }
    said.extend(policy.mx.iter().filter(|mx| !mx.is_empty()).map(|mx| format!("mx {}", few(mx))));
    said.extend(policy.reason.map(str::to_owned));
    row(out, "policy", style, &word(&policy.state), &said.join("; "))?;
    write_aliases(out, &policy.aliases)?;
    // One alone has nothing to say beside the policy.
    if policy.addresses.len() > 1 {
        let width =
            policy.addresses.iter().map(|one| one.address.to_string().len()).max().unwrap_or_default();
        for address in &policy.addresses {
            write_policy_address(out, address, width)?;
        }
    }

    let style = match report.mx_lookup {
        MxLookup::Found | MxLookup::Implicit => PLAIN,
        MxLookup::NotObserved => DOUBTFUL,
        MxLookup::Null => PLAIN,
        MxLookup::None | MxLookup::DnsError => BAD,
    };
    row(out, "mx", style, &word(&report.mx_lookup), "")?;
    for mx in &report.mx {
        write_host(out, mx, report.policy.mode)?;
    }

    let tlsrpt = &report.tlsrpt;
    let style = if tlsrpt.state == RecordState::Absent { PLAIN } else { state(tlsrpt.state) };
    let rua = tlsrpt.rua.as_ref().map(|rua| rua.join(", ")).unwrap_or_default();
    row(out, "tlsrpt", style, &word(&tlsrpt.state), &Safe(&rua).to_string())?;
    write_targets(out, tlsrpt)?;
    row(out, "delivery", verdict, report.delivery.as_str(), "")?;
    if let Some(dane) = &report.dane {
        let style = match dane.delivery {
            DaneDelivery::Deliver => GOOD,
            DaneDelivery::Refuse => BAD,
            DaneDelivery::Sts => PLAIN,
            DaneDelivery::Unknown => DOUBTFUL,
        };
        row(out, "dane", style, dane.delivery.as_str(), &Safe(&dane.sentence).to_string())?;
    }

    if let Some(beside) = &report.beside {
        write_beside(out, beside)?;
    }

    for held in &report.held {
        write_held(out, held)?;
    }
    write_others(out, report, verbose)?;

    for finding in &report.findings {
        writeln!(out)?;
        write_finding(out, finding)?;
    }
    if verbose {
        if let Some(body) = &report.policy.body {
            writeln!(out, "\n{}", styled(BOLD, "the policy, line by line"))?;
            for (number, line) in (1..).zip(body.lines()).take(MAX_LINES) {
                writeln!(out, "  {}  {}", styled(DIM, format!("{number:>4}")), Safe(line))?;
            }
        }
        write_steps(out, report)?;
    }
    Ok(())
}

/// Most lines of a policy that are shown.
const MAX_LINES: usize = 200;

const fn policy_style(state: PolicyState) -> Style {
    match state {
        PolicyState::Valid => GOOD,
        PolicyState::NotObserved => DOUBTFUL,
        _ => BAD,
    }
}

fn verdict_style(report: &Report) -> Style {
    match report.delivery {
        Delivery::Deliver if report.has_error() => DOUBTFUL,
        Delivery::Deliver => GOOD,
        // A domain that wants no mail gets none.
        Delivery::Refuse if report.mx_lookup == MxLookup::Null => PLAIN,
        Delivery::Refuse => BAD,
        Delivery::DeliverAndReport | Delivery::NoSts | Delivery::Unknown => DOUBTFUL,
    }
}

fn row(out: &mut String, name: &str, style: Style, state: &str, said: &str) -> fmt::Result {
    // Padded outside of the colour, and only where something follows.
    let gap = if said.is_empty() { "" } else { &" ".repeat(15usize.saturating_sub(state.len()).max(1)) };
    writeln!(out, "  {name:<9} {style}{state}{style:#}{gap}{said}")
}

/// What stands beside MTA-STS, a line each.
fn write_beside(out: &mut String, BesideReport { spf, dmarc, dkim }: &BesideReport) -> fmt::Result {
    for (name, state, sentence) in [
        ("spf", spf.state, &spf.sentence),
        ("dmarc", dmarc.state, &dmarc.sentence),
        ("dkim", dkim.state, &dkim.sentence),
    ] {
        let style = match state {
            BesideState::Found => GOOD,
            BesideState::Broken => BAD,
            BesideState::NotObserved => DOUBTFUL,
            BesideState::Absent | BesideState::NoneOfThese => PLAIN,
        };
        row(out, name, style, &word(&state), &Safe(sentence).to_string())?;
    }
    Ok(())
}

/// The names that an alias leads through.
fn write_aliases(out: &mut String, aliases: &[String]) -> fmt::Result {
    if aliases.is_empty() {
        return Ok(());
    }
    let names = aliases.iter().map(|name| Safe(name).to_string()).collect::<Vec<_>>();
    writeln!(out, "            alias of {}", names.join(", alias of "))
}

fn write_policy_address(out: &mut String, address: &PolicyAddressReport, width: usize) -> fmt::Result {
    let result = styled(policy_style(address.result), word(&address.result));
    let reason = address.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    let seen = address.seen.as_ref().map(|seen| format!("  {}", Safe(seen))).unwrap_or_default();
    writeln!(out, "            {:<width$}  {result}{reason}{seen}", address.address.to_string())
}

/// Where TLS reports go, and what DNS says of it.
fn write_targets(out: &mut String, tlsrpt: &TlsrptReport) -> fmt::Result {
    for TargetReport { uri, address, state, reason, seen, .. } in &tlsrpt.targets {
        let style = match state {
            TargetState::Found | TargetState::Implicit => GOOD,
            TargetState::NotObserved => DOUBTFUL,
            TargetState::Null | TargetState::NoDomain | TargetState::None | TargetState::DnsError => BAD,
        };
        let to = Safe(address.as_ref().unwrap_or(uri));
        let result = styled(style, word(state));
        let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        writeln!(out, "            {to}  {result}{reason}  {}", Safe(seen))?;
    }
    match tlsrpt.targets_skipped {
        0 => Ok(()),
        more => writeln!(out, "            and {more} more, which are not looked at"),
    }
}

pub(crate) const fn result_style(result: SmtpResult) -> Style {
    match result {
        SmtpResult::Ok => GOOD,
        SmtpResult::NotObserved => DOUBTFUL,
        _ => BAD,
    }
}

fn write_host(out: &mut String, mx: &MxReport, mode: Option<Mode>) -> fmt::Result {
    // With mode none there is nothing to be listed in.
    let unlisted = mx.matched == Some(false) && mode != Some(Mode::None);
    let listed = if unlisted { "  not in the policy" } else { "" };
    let because = |reason: Option<&str>| reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    let result = styled(result_style(mx.result), mx.result.as_str());
    let reason = because(mx.reason);
    writeln!(out, "            {:>3} {}  {result}{reason}{listed}", mx.preference, Safe(&mx.host))?;
    // Said once where it is the same everywhere, and not where all is as it should be.
    let differ = mx.addresses.iter().any(|address| address.action != mx.action);
    let said = |action: &Action| action.does != Does::Deliver;
    for address in &mx.addresses {
        let reason = because(address.reason);
        let shown = styled(result_style(address.result), address.result.as_str());
        writeln!(out, "                {}  {shown}{reason}", address.address)?;
        if differ && said(&address.action) {
            writeln!(out, "                  {}", styled(DIM, Safe(&address.action.sentence)))?;
        }
    }
    if !differ && said(&mx.action) {
        writeln!(out, "                {}", styled(DIM, Safe(&mx.action.sentence)))?;
    }
    Ok(())
}

/// What others do than senders that honour MTA-STS by the RFC alone.
fn write_others(out: &mut String, report: &Report, verbose: bool) -> fmt::Result {
    // What is so for every domain is for who asks for more.
    for other in report.others.iter().filter(|other| verbose || other.source.is_some()) {
        writeln!(out, "  {}: {}", styled(BOLD, &other.who), Safe(&other.sentence))?;
        if let Some(source) = other.source.filter(|_| verbose) {
            writeln!(out, "    {}", styled(DIM, source))?;
        }
    }
    for sender in report.senders.delivery.iter().filter(|sender| sender.delivery != report.delivery) {
        let why = sender.why.as_ref().map(|why| format!(": {}", Safe(why))).unwrap_or_default();
        let name = styled(BOLD, sender.sender);
        writeln!(out, "  {name} {}: {}{why}", sender.version, sender.delivery.as_str())?;
    }
    Ok(())
}

pub(crate) const fn level_style(level: Level) -> Style {
    match level {
        Level::Error => BAD,
        Level::Warning => DOUBTFUL,
        Level::Note => BOLD,
    }
}

/// A finding in what was seen of a domain.
fn write_finding(out: &mut String, finding: &Finding) -> fmt::Result {
    let head = styled(level_style(finding.level), format!("{}[{}]", finding.level.as_str(), finding.code));
    writeln!(
        out,
        "{head} {} {}",
        styled(BOLD, &finding.title),
        styled(DIM, format!("({})", finding.section))
    )?;
    let place = finding.at.as_ref().map(|at| match at.source {
        Source::Mx => String::new(),
        source => format!("{}:{}:{}: ", word(&source), at.place.line, at.place.column),
    });
    writeln!(out, "  {}{}", place.unwrap_or_default(), Safe(&finding.message))?;
    if let Some(fix) = &finding.fix {
        writeln!(out, "  fix: {}", Safe(fix))?;
    }
    Ok(())
}

fn write_steps(out: &mut String, report: &Report) -> fmt::Result {
    let mut stage = None;
    for step in &report.steps {
        if stage != Some(step.stage) {
            let name = match step.stage {
                Stage::Record => "MTA-STS record",
                Stage::Policy => "policy",
                Stage::Mx => "MX records",
                Stage::Hosts => "mail hosts",
                Stage::Tlsrpt => "TLSRPT record",
                Stage::Beside => "SPF, DMARC and DKIM",
            };
            writeln!(out, "\n{}", styled(BOLD, name))?;
            stage = Some(step.stage);
        }
        writeln!(out, "  {}", styled(DIM, format!("$ {}", Safe(&step.command))))?;
        for seen in &step.seen {
            let via = seen.via.as_ref().map(|via| format!(" by {via}")).unwrap_or_default();
            writeln!(
                out,
                "    {}  {}",
                Safe(&seen.text),
                styled(DIM, format!("({} ms{via})", seen.took_ms))
            )?;
            for line in &seen.lines {
                writeln!(out, "      {}", Safe(line))?;
            }
        }
    }
    Ok(())
}

/// JSON, in which what cannot be seen is escaped although JSON would not ask for it: it may be printed
/// to a terminal.
pub(crate) fn json(value: &impl Serialize) -> Result<String, String> {
    let json = serde_json::to_string_pretty(value).map_err(|error| error.to_string())?;
    let mut escaped = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if c == '\n' || !is_invisible(c) {
            escaped.push(c);
        } else {
            // Outside of strings there are only visible characters and the ends of lines.
            let units =
                c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
            escaped.push_str(&units);
        }
    }
    Ok(escaped + "\n")
}

/// The first few of a list, and how many more there are.
fn few(list: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown = list.get(..SHOWN).unwrap_or(list).join(", ");
    match list.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}

/// A number of seconds, for people.
fn duration(seconds: u32) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    // A unit is used from two of it on, so that 90 minutes do not become one hour.
    let fits = |(size, _): &(u32, &str)| seconds >= size * 2 || seconds == *size;
    let (size, unit) = units.into_iter().find(fits).unwrap_or((1, "second"));
    let value = seconds / size;
    let plural = if value == 1 { "" } else { "s" };
    format!("{value} {unit}{plural}")
}

/// Where to look next, for a check that was not verbose.
#[cfg(feature = "network")]
#[must_use]
pub fn hint(domain: &mta_sts::Domain, resolver: Option<&Upstream>) -> String {
    let resolver = resolver.map(|resolver| format!(" --resolver {resolver}")).unwrap_or_default();
    format!(
        "{}\n",
        styled(
            DIM,
            format!(
                "{}{resolver} --verbose shows every step and how to repeat it by hand",
                mta_sts::command::check(domain)
            )
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_text_cannot_drive_the_terminal() {
        let hostile = "a\u{1b}[31mb\u{7}\u{202e}c\u{9b}d\r\n";
        assert_eq!(Safe(hostile).to_string(), "a\\u{1b}[31mb\\u{7}\\u{202e}c\\u{9b}d\\u{d}\\u{a}");
    }

    #[test]
    fn durations_are_for_people() {
        for (seconds, shown) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (90, "90 seconds"),
            (3600, "1 hour"),
            (5400, "90 minutes"),
            (86_400, "1 day"),
            (90_000, "25 hours"),
            (604_800, "7 days"),
        ] {
            assert_eq!(duration(seconds), shown);
        }
    }
}
