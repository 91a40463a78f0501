//! What the page says in other languages than English: `text/*.json`, as the page loads it.
//!
//! A catalogue has the English forms in parts: what the page's own scripts and HTML say (`page`), what its view of TLS reports says
//! beside that (`reports`), what the engine says (`engine`), what it says of TLS reports beside that (`tlsrpt`), what the rules say in
//! general (`rules`), and what the zoo says of its domains (`zoo`).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use mta_sts::rules::{self, Rule};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::page::write;
use crate::{Outcome, read, root};

/// Forms in the order of their bytes, each with what it is in a language.
type Part = BTreeMap<String, String>;

/// What is said in one language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Catalogue {
    /// Its name, as in the file's.
    #[serde(skip)]
    pub(crate) language: String,
    page: Part,
    reports: Part,
    engine: Part,
    tlsrpt: Part,
    rules: Part,
    zoo: Part,
}

/// The languages there are beside English.
pub(crate) fn catalogues() -> Outcome<Vec<Catalogue>> {
    let folder = root().join("text");
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let one = |path: &std::path::PathBuf| {
        let catalogue: Catalogue =
            serde_json::from_str(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))?;
        let language = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Catalogue { language, ..catalogue })
    };
    paths.iter().map(one).collect()
}

impl Catalogue {
    /// Writes what the page's scripts import of it: lines of an English form, a tab, what it is in this language.
    pub(crate) fn write(&self, www: &Path) -> Outcome {
        let folder = www.join("text");
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut engine = self.engine.clone();
        // Their prose at length the engine does not say.
        for form in rules::all().flat_map(|rule| [rule.title, rule.fix]) {
            engine.extend(self.rules.get_key_value(form).map(|(form, said)| (form.clone(), said.clone())));
        }
        for (name, part) in [
            ("page", &self.page),
            ("reports", &self.reports),
            ("engine", &engine),
            ("tlsrpt", &self.tlsrpt),
            ("zoo", &self.zoo),
        ] {
            let lines: String = part.iter().map(|(form, said)| format!("{form}\t{said}\n")).collect();
            let path = folder.join(format!("{name}.{}.js", self.language));
            write(&path, &format!("export default {};\n", json!(lines)))?;
        }
        Ok(())
    }

    /// A sentence of a rule in this language.
    pub(crate) fn of<'t>(&'t self, form: &'t str) -> &'t str {
        self.rules.get(form).map_or(form, String::as_str)
    }
}

/// What a rule says at length in a language, English where none is given.
pub(crate) fn said(rule: &Rule, catalogue: Option<&Catalogue>) -> [Value; 3] {
    [rule.title, rule.why, rule.fix].map(|form| json!(catalogue.map_or(form, |catalogue| catalogue.of(form))))
}

/// The file that a data file of the page is in a language: of `rules.json`, `rules.de.json`.
pub(crate) fn file(name: &str, catalogue: Option<&Catalogue>) -> String {
    match catalogue {
        Some(catalogue) => name.replace(".json", &format!(".{}.json", catalogue.language)),
        None => name.to_owned(),
    }
}
