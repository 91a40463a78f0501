//! The picture itself: SVG without script, style or anything else to load.

use std::fmt::Write as _;

/// What stands on the left of every badge, and how wide it is in DejaVu Sans of 11 pixels.
const LEFT: (&str, u32) = ("MTA-STS", 48);
/// The room beside a text.
const ROOM: u32 = 6;

/// What a badge says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// Mode enforce, and senders deliver.
    Enforce,
    /// The same, though not everything is as it should be.
    EnforceInPart,
    /// Mode testing, and the test passes.
    Testing,
    /// Mode testing, and senders report failures.
    TestingFailing,
    /// No MTA-STS, or mode none.
    None,
    /// A domain that wants no mail.
    NoMail,
    /// Senders refuse mail, or can make nothing of what is published.
    Failing,
    /// It cannot be told from here, or not yet.
    Unknown,
    /// Nothing was looked at, as what was asked is no domain or something is broken here.
    Error,
    /// Nothing was looked at, as too much is asked for.
    Busy,
}

impl Says {
    /// The word, and how wide it is.
    const fn word(self) -> (&'static str, u32) {
        match self {
            Self::Enforce | Self::EnforceInPart => ("enforce", 42),
            Self::Testing => ("testing", 38),
            Self::TestingFailing => ("testing, failing", 79),
            Self::None => ("none", 28),
            Self::NoMail => ("no mail", 41),
            Self::Failing => ("failing", 34),
            Self::Unknown => ("unknown", 50),
            Self::Error => ("error", 27),
            Self::Busy => ("busy", 26),
        }
    }

    /// The ground it stands on. White on each has a contrast of 4.5 and more.
    const fn ground(self) -> &'static str {
        match self {
            Self::Enforce => "#17693a",
            Self::Testing => "#1a5a86",
            Self::EnforceInPart | Self::TestingFailing => "#8a5300",
            Self::Failing => "#a3191f",
            Self::None | Self::NoMail | Self::Unknown | Self::Error | Self::Busy => "#59636e",
        }
    }

    /// The badge as SVG. The sentence, which may hold names that strangers chose, is its title.
    pub(super) fn drawn(self, sentence: &str) -> String {
        let ((left, left_width), (word, width)) = (LEFT, self.word());
        let (edge, all) = (left_width + 2 * ROOM, left_width + width + 4 * ROOM);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{all}\" height=\"20\" viewBox=\"0 0 {all} 20\" role=\"img\" \
             aria-label=\"{left}: {word}\"><title>{}</title><g shape-rendering=\"crispEdges\"><path fill=\"#2b3138\" \
             d=\"M0 0h{edge}v20H0z\"/><path fill=\"{}\" d=\"M{edge} 0h{}v20H{edge}z\"/></g><g fill=\"#fff\" font-size=\"11\" \
             font-family=\"Verdana,DejaVu Sans,sans-serif\">",
            escaped(sentence),
            self.ground(),
            all - edge,
        );
        for (at, length, text) in [(ROOM, left_width, left), (edge + ROOM, width, word)] {
            // Writing to a string cannot fail.
            write!(svg, "<text x=\"{at}\" y=\"14\" textLength=\"{length}\">{text}</text>").ok();
        }
        svg.push_str("</g></svg>\n");
        svg
    }
}

/// A text as XML has it. What XML has no way to write becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Says; 10] = [
        Says::Enforce,
        Says::EnforceInPart,
        Says::Testing,
        Says::TestingFailing,
        Says::None,
        Says::NoMail,
        Says::Failing,
        Says::Unknown,
        Says::Error,
        Says::Busy,
    ];

    #[test]
    fn strangers_text_is_text() {
        let svg = Says::Failing.drawn("</title><script>alert(1)</script> & ]]> \u{0}\u{1b}[2J\u{ffff}é");
        assert!(svg.contains(
            "<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; ]]&gt; \u{fffd}\u{fffd}[2J\u{fffd}é</title>"
        ));
        assert_eq!(svg.matches("<script").count(), 0);
    }

    #[test]
    fn a_badge_says_its_word_to_those_who_see_and_those_who_hear() {
        for says in ALL {
            let (word, _) = says.word();
            let svg = says.drawn("A sentence.");
            assert!(svg.contains(&format!("role=\"img\" aria-label=\"MTA-STS: {word}\"")), "{svg}");
            assert!(svg.contains(&format!(">{word}</text>")), "{svg}");
            assert!(svg.contains("<title>A sentence.</title>"), "{svg}");
        }
    }

    /// WCAG 2.2, 1.4.3.
    #[test]
    fn white_is_read_on_every_ground() {
        for says in ALL {
            let channel = |at: usize| {
                let value = u8::from_str_radix(&says.ground()[at..at + 2], 16).expect("a colour");
                let value = f64::from(value) / 255.0;
                if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            let luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
            assert!(1.05 / (luminance + 0.05) >= 4.5, "{says:?}");
        }
    }
}
