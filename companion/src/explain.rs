//! `mta-sts explain`: a rule whole, with a text that sets it off and the same text mended.

use std::fmt::Write as _;

use mta_sts::rules::{self, Rule, Sample};
use mta_sts::{LintKind, lint};

use crate::diagnostic;
use crate::excerpt::Excerpt;
use crate::lint::{Given, Linted};
use crate::text::{BOLD, DIM, level_style, styled};

/// A sample longer than this shows nothing.
const SHOWN: usize = 1000;

/// Every rule in one line.
#[must_use]
pub fn list() -> String {
    let line = |rule: &Rule| {
        let level = format!("{:<7}", rule.level.as_str());
        format!("{} {:<30} {}\n", styled(level_style(rule.level), level), rule.code, rule.title)
    };
    rules::all().map(line).collect()
}

/// A rule.
#[must_use]
pub fn rule(rule: &Rule) -> String {
    let level = styled(level_style(rule.level), rule.level.as_str());
    let mut out = format!(
        "{}  {level}, {}\n{}\n\n{}\n\nfix: {}\n",
        styled(BOLD, rule.code),
        rule.section,
        rule.title,
        rule.why,
        rule.fix
    );
    if let Sample::Text(text) = rule.fires_on
        && let Some(found) = found_in(rule, text)
    {
        heading(&mut out, "found in");
        out.push_str(&found);
    } else {
        sample(&mut out, "found in", rule.fires_on);
    }
    sample(&mut out, "not in", rule.quiet_on);
    out
}

/// The rules whose names come near, the nearest first: what may have been meant by a name that no rule has.
#[must_use]
pub fn near(code: &str) -> Vec<&'static str> {
    const ENOUGH: f64 = 0.7;
    let mut near: Vec<(f64, &'static str)> = rules::all()
        .map(|rule| (strsim::normalized_damerau_levenshtein(code, rule.code), rule.code))
        .filter(|(likeness, _)| *likeness >= ENOUGH)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter().take(3).map(|(_, code)| code).collect()
}

/// How the linter shows the rule in a text.
fn found_in(rule: &Rule, text: &[u8]) -> Option<String> {
    if text.len() > SHOWN {
        return None;
    }
    let kinds = [LintKind::guess(text), LintKind::Policy, LintKind::Record, LintKind::Tlsrpt];
    let (kind, finding) = kinds.into_iter().find_map(|kind| {
        let found = lint(kind, text).findings.into_iter().find(|finding| finding.code == rule.code)?;
        Some((kind, found))
    })?;
    let file = match kind {
        LintKind::Policy => "mta-sts.txt",
        LintKind::Record => "<record>",
        LintKind::Tlsrpt => "<tlsrpt>",
    };
    let linted = Linted::new(file, Given::Argument, Some(kind), text.to_vec());
    let drawn = diagnostic::draw(&finding, &linted);
    Some(drawn.lines().map(|line| format!("  {line}\n")).collect())
}

fn heading(out: &mut String, name: &str) {
    // Writing to a String cannot fail.
    writeln!(out, "\n{}", styled(DIM, name)).ok();
}

fn sample(out: &mut String, name: &str, sample: Sample) {
    match sample {
        Sample::Text(text) if text.len() <= SHOWN => {
            heading(out, name);
            let text = text.strip_suffix(b"\n").unwrap_or(text);
            for line in text.split(|b| *b == b'\n') {
                // As the other sample is shown, with carets.
                writeln!(out, "  {}", Excerpt::new(line, [0, 0]).line).ok();
            }
        }
        Sample::Zoo(domain) => {
            writeln!(out, "\n{} mta-sts check {domain}.zoo.test --zoo", styled(DIM, name)).ok();
        }
        Sample::Text(_) | Sample::Evidence(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_over_texts_is_shown_with_carets() {
        let mut drawn = 0;
        for rule in rules::all() {
            let shown = super::rule(rule);
            assert!(shown.contains(rule.why) && shown.contains(rule.fix), "{shown}");
            if matches!(rule.fires_on, Sample::Text(text) if text.len() <= SHOWN) {
                assert!(shown.contains("-->") && shown.contains('^'), "{}: {shown}", rule.code);
                drawn += 1;
            }
        }
        assert!(drawn > 50, "{drawn}");
    }

    #[test]
    fn a_name_nearly_right_finds_the_rule() {
        assert_eq!(near("policy-mod").first(), Some(&"policy-mode"));
        assert_eq!(near("policy_max_age_missing").first(), Some(&"policy-max-age-missing"));
        assert!(near("no-such-rule").is_empty());
        assert!(near("").is_empty());
    }
}
