//! The page, as it was when this binary was built.

/// A file of the page.
#[derive(Debug)]
pub(crate) struct File {
    /// Its path under the root.
    pub(crate) name: &'static str,
    /// Its entity tag (RFC 9110 §8.8.3), the same however it is packed.
    pub(crate) tag: &'static str,
    /// Its bytes.
    pub(crate) plain: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

/// Every file of the page. Empty where the binary was built before the page.
pub(crate) const FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// The folder of what other sites embed.
const EMBEDDED: &str = "embed/";

impl File {
    /// The file at a path of a URL.
    pub(crate) fn find(path: &str) -> Option<&'static Self> {
        let path = path.trim_start_matches('/');
        let path = if path.is_empty() { "index.html" } else { path };
        FILES.iter().find(|file| file.name == path)
    }

    /// Its bytes as somebody takes them who accepts these codings (RFC 9110 §12.5.3), and how they are packed.
    pub(crate) fn packed(&self, accepted: &str) -> (&'static [u8], Option<&'static str>) {
        let forms = [("br", self.brotli), ("gzip", self.gzip)];
        let found = forms
            .into_iter()
            .find_map(|(coding, form)| form.zip(accepts(accepted, coding).then_some(coding)));
        found.map_or((self.plain, None), |(form, coding)| (form, Some(coding)))
    }

    /// Whether its name holds a hash of what is in it, so that it never changes.
    pub(crate) fn is_fixed(&self) -> bool {
        let script = self.name.strip_prefix("pkg-page/").or(self.name.strip_prefix(EMBEDDED));
        let digest = script.and_then(|script| script.strip_suffix(".js")?.rsplit_once('-'));
        digest.is_some_and(|(_, digest)| {
            digest.len() == 8 && digest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        })
    }

    /// Whether it is for pages of other sites.
    pub(crate) fn is_embedded(&self) -> bool {
        self.name.starts_with(EMBEDDED)
    }

    /// Whether it is a page for a frame of other sites.
    pub(crate) fn is_framed(&self) -> bool {
        self.name == "embed.html"
    }
}

/// Whether a field `Accept-Encoding` names that coding, and not to refuse it.
fn accepts(field: &str, coding: &str) -> bool {
    field.split(',').any(|part| {
        let mut words = part.split(';').map(str::trim);
        let named = words.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let weight = words.find_map(|word| word.strip_prefix("q="));
        named && weight.is_none_or(|weight| weight.parse().is_ok_and(|weight: f32| weight > 0.0))
    })
}

/// The media type of a file, by its name.
pub(crate) fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_by_its_digest_is_fixed() {
        for (name, fixed) in [
            ("pkg-page/chunk-446EHQSA.js", true),
            ("embed/engine-look-BEOABMK3.js", true),
            ("pkg-page/app.js", false),
            ("embed/mta-sts-check.js", false),
            ("embed/mta-sts-check-classic.js", false),
            ("embed/frame.js", false),
            ("embed/integrity.json", false),
            ("index.html", false),
        ] {
            let file = File { name, tag: "", plain: b"", gzip: None, brotli: None };
            assert_eq!(file.is_fixed(), fixed, "{name}");
        }
    }

    #[test]
    fn codings_are_taken_that_are_accepted() {
        let file =
            File { name: "a.js", tag: "W/\"1\"", plain: b"plain", gzip: Some(b"gz"), brotli: Some(b"br") };
        for (accepted, coding) in [
            ("", None),
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip", Some("gzip")),
            ("GZIP;q=0.5", Some("gzip")),
            ("br;q=0, gzip", Some("gzip")),
            ("br;q=0.0,identity", None),
            ("brotli", None),
        ] {
            assert_eq!(file.packed(accepted).1, coding, "{accepted}");
        }
        let none = File { gzip: None, brotli: None, ..file };
        assert_eq!(none.packed("gzip, br"), (b"plain".as_slice(), None));
    }
}
