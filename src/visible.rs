//! What a reader can see of a text. Strangers' text goes through here before it reaches a sentence, a
//! terminal or a field of a form.

/// Whether a character cannot be seen, or changes how those around it are shown: controls, spaces but
/// for the ordinary one, joiners, marks of direction, variation selectors, tags. (Unicode's
/// `Default_Ignorable_Code_Point`, `White_Space`, `Bidi_Control` and `Cc`.)
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || c != ' ' && c.is_whitespace()
        || matches!(
            c,
            '\u{AD}'
                | '\u{34F}'
                | '\u{61C}'
                | '\u{115F}'
                | '\u{1160}'
                | '\u{17B4}'
                | '\u{17B5}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF0}'..='\u{FFFB}'
                | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen() {
        for c in
            ['\0', '\n', '\t', '\u{1b}', '\u{9b}', '\u{a0}', '\u{61c}', '\u{202e}', '\u{2028}', '\u{e0041}']
        {
            assert!(is_invisible(c), "{c:?}");
        }
        for c in [' ', 'a', '~', '\u{e9}', '\u{430}', '\u{4f8b}', '\u{1f31f}', '\u{301}', '\u{fffd}'] {
            assert!(!is_invisible(c), "{c:?}");
        }
    }
}
